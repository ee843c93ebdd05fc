package steps

var overviewLesson Lesson
var prerequisitesLesson Lesson
var inboundLesson Lesson
var gatewayLesson Lesson
var linkedinLesson Lesson
var providerLesson Lesson
var registerLesson Lesson
var targetLesson Lesson
var consentLesson Lesson
var invokeLesson Lesson
var cleanupLesson Lesson
