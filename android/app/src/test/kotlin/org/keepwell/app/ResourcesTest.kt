package org.keepwell.app

import androidx.compose.material3.ColorScheme
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import java.io.File
import java.util.Locale
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds
import org.junit.Test
import org.keepwell.app.ui.DarkColors
import org.keepwell.app.ui.LightColors
import org.keepwell.app.ui.clinicalDate
import org.keepwell.app.ui.countdown

/** What can be said of colours, dates and composables without a screen. What texts keep to is held by `dev.d/texts`. */
class ResourcesTest {
    @Test
    fun noTextStandsInTheCode() {
        val literal = Regex("Text\\(\\s*\"[^\"]*[A-Za-z]{2}")
        File("src/main/kotlin").walk().filter { it.extension == "kt" }.forEach { assertFalse(literal.containsMatchIn(it.readText()), it.name) }
    }

    @Test
    fun everyComposableThatDrawsTakesAModifier() {
        val composable = Regex("@Composable\n(?:private |internal )?fun ([A-Z]\\w*)\\(([\\s\\S]*?)\\)(?::| \\{| =)")
        val drawing = File("src/main/kotlin").walk().filter { it.extension == "kt" }.flatMap { composable.findAll(it.readText()) }.toList()
        assertTrue(drawing.size > 40, "${drawing.size}")
        val without = drawing.filter { "modifier: Modifier = Modifier" !in it.groupValues[2] }.map { it.groupValues[1] }.sorted()
        // None draws anything of its own: the way back, what is around a screen, what is loaded ahead, and what keeps it bright.
        assertEquals(listOf("BackHandler", "KeepwellTheme", "LoadAhead", "StayAwake"), without)
    }

    @Test
    fun nothingStandsAboveTheCover() {
        val above = Regex("androidx\\.compose\\.material3\\.(AlertDialog|ModalBottomSheet)|androidx\\.compose\\.ui\\.window|androidx\\.activity\\.compose\\.BackHandler")
        val files = File("src/main/kotlin").walk().filter { it.extension == "kt" && above.containsMatchIn(it.readText()) }.map { it.name }.toList()
        assertEquals(listOf("Cover.kt"), files)
    }

    @Test
    fun textStandsOutFromWhatIsBehindItByDayAndNight() {
        for (colors in listOf(LightColors, DarkColors)) {
            for ((name, front, back) in pairs(colors)) {
                val ratio = contrast(front, back)
                assertTrue(ratio >= 4.5, "$name: $ratio")
            }
        }
    }

    @Test
    fun datesKeepThePrecisionThatTheyHave() {
        assertEquals("2021", clinicalDate("2021", Locale.ENGLISH))
        assertEquals("February 2021", clinicalDate("2021-02", Locale.ENGLISH))
        assertEquals("Febrero 2021", clinicalDate("2021-02", Locale.forLanguageTag("es")))
        assertEquals("September 18, 2026", clinicalDate("2026-09-18T08:15:00+02:00", Locale.US))
        for (odd in listOf("", "soon", "2021-13", "18.9.2026 early")) assertEquals(odd, clinicalDate(odd, Locale.US))
    }

    @Test
    fun countsDown() {
        assertEquals("9:05", countdown(545.seconds))
        assertEquals("0:00", countdown(0.seconds))
        assertEquals("24:00:00", countdown(24.hours))
    }

    private fun pairs(c: ColorScheme) = listOf(
        Triple("text on paper", c.onSurface, c.surface), Triple("text on a card", c.onSurface, c.surfaceContainerLow),
        Triple("quiet text on paper", c.onSurfaceVariant, c.surface), Triple("quiet text on a card", c.onSurfaceVariant, c.surfaceContainerLow),
        Triple("tab", c.onSurfaceVariant, c.surfaceContainer), Triple("key", c.onSurface, c.surfaceContainerHigh),
        Triple("button", c.onPrimary, c.primary), Triple("link on paper", c.primary, c.surface), Triple("link on a card", c.primary, c.surfaceContainerLow),
        Triple("dangerous button", c.onError, c.error), Triple("notice", c.onSecondaryContainer, c.secondaryContainer),
        Triple("warning", c.onTertiaryContainer, c.tertiaryContainer), Triple("error", c.onErrorContainer, c.errorContainer),
    )

    private fun contrast(a: Color, b: Color): Double {
        val (light, dark) = listOf(a.luminance(), b.luminance()).sortedDescending()
        return (light + 0.05) / (dark + 0.05)
    }
}
