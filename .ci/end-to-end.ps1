# Walks the sandbox to the profile and cleans up, as a script on Windows would:
# through a pipe, with a state folder whose name has a space and an umlaut, and
# with another process reading the state all the while. It runs in Windows
# PowerShell 5.1 and in PowerShell 7.
param([Parameter(Mandatory = $true)] [string] $Program)

$ErrorActionPreference = 'Stop'
$Program = (Resolve-Path $Program).Path
$env:AGENTCORE_3LO_HOME = Join-Path ([IO.Path]::GetTempPath()) ("agentcore-3lo t$([char]0xFC)r " + [guid]::NewGuid())
Get-ChildItem env: | Where-Object Name -Match '^(AWS|LINKEDIN)_' | ForEach-Object { Remove-Item "env:$($_.Name)" }

function Read-Program {
    $lines = & $Program @args
    if ($LASTEXITCODE -ne 0) { throw "agentcore-3lo $args ended with exit code $LASTEXITCODE" }
    $lines | ForEach-Object { $_ | ConvertFrom-Json }
}

$reader = Start-Job -ArgumentList $Program, $env:AGENTCORE_3LO_HOME -ScriptBlock {
    param($program, $folder)
    $ErrorActionPreference = 'SilentlyContinue'
    $env:AGENTCORE_3LO_HOME = $folder
    while ($true) { & $program status --json | Out-Null; & $program runs --json | Out-Null }
}
try {
    $walk = Read-Program --sandbox --yes --json
}
finally {
    Stop-Job $reader
    Remove-Job $reader -Force
}
$result = $walk | Where-Object event -EQ 'result' | Select-Object -Last 1
if ($result.profile.email -ne 'ana@example.com') { throw "the profile is $($result | ConvertTo-Json -Compress)" }

$status = Read-Program status --json
if (@($status.resources | Where-Object exists).Count -ne 8) { throw "status: $($status | ConvertTo-Json -Compress -Depth 5)" }

$cleanup = Read-Program cleanup --yes --json | Select-Object -Last 1
if (-not $cleanup.ok -or @($cleanup.left).Count -ne 0) { throw "cleanup: $($cleanup | ConvertTo-Json -Compress -Depth 5)" }

Remove-Item -Recurse -Force $env:AGENTCORE_3LO_HOME
Write-Output 'end to end: the profile was read, and nothing is left'
