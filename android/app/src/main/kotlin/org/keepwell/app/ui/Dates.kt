package org.keepwell.app.ui

import androidx.compose.runtime.Composable
import androidx.compose.ui.platform.LocalConfiguration
import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.YearMonth
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale
import kotlin.time.Duration

/** A day in the person's form and time zone. */
@Composable
fun day(instant: Instant): String =
    DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG).withLocale(locale()).format(instant.atZone(ZoneId.systemDefault()))

/** A time of day in the person's form and time zone. */
@Composable
fun timeOfDay(instant: Instant): String =
    DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT).withLocale(locale()).format(instant.atZone(ZoneId.systemDefault()))

/** A day and a time in the person's form and time zone, as short as it can be. */
@Composable
fun dayAndTime(instant: Instant): String =
    DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT).withLocale(locale()).format(instant.atZone(ZoneId.systemDefault()))

/** FHIR's dates, which may be a year, a month, a day or an instant; what is none stays as written. */
@Composable
fun clinicalDate(date: String): String = clinicalDate(date, locale())

internal fun clinicalDate(date: String, locale: Locale): String = try {
    when (date.length) {
        4 -> date
        7 -> DateTimeFormatter.ofPattern("LLLL yyyy", locale).format(YearMonth.parse(date)).replaceFirstChar { it.titlecase(locale) }
        else -> DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG).withLocale(locale).format(LocalDate.parse(date.take(10)))
    }
} catch (_: DateTimeException) {
    date
}

/** A countdown: 9:05, or 1:00:00. */
fun countdown(remaining: Duration): String = remaining.toComponents { hours, minutes, seconds, _ ->
    if (hours > 0) "%d:%02d:%02d".format(hours, minutes, seconds) else "%d:%02d".format(minutes, seconds)
}

@Composable
private fun locale(): Locale = LocalConfiguration.current.locales[0]
