/* Go reads its first random bytes with ProcessPrng, which Windows has since
   version 7 and Wine before version 9 lacks. RtlGenRandom is the same source. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
	return RtlGenRandom(data, (ULONG)size);
}
