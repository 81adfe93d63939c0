package org.keepwell.app.ui

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ColorScheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp

/** The app's one theme: a quiet teal on paper, or on near black; text in the system's font. */
@Composable
fun KeepwellTheme(isDark: Boolean = isSystemInDarkTheme(), content: @Composable () -> Unit) {
    MaterialTheme(
        colorScheme = if (isDark) DarkColors else LightColors,
        shapes = Shapes(medium = RoundedCornerShape(16.dp), large = RoundedCornerShape(20.dp)),
        typography = KeepwellTypography,
        content = content,
    )
}

/** Colours by day. */
val LightColors: ColorScheme = lightColorScheme(
    primary = Color(0xFF0A5A5C),
    onPrimary = Color(0xFFFFFFFF),
    primaryContainer = Color(0xFFCFE9E7),
    onPrimaryContainer = Color(0xFF05302F),
    secondary = Color(0xFF46605F),
    onSecondary = Color(0xFFFFFFFF),
    secondaryContainer = Color(0xFFD7E6E4),
    onSecondaryContainer = Color(0xFF142A29),
    tertiary = Color(0xFF7D4410),
    onTertiary = Color(0xFFFFFFFF),
    tertiaryContainer = Color(0xFFFFE3CC),
    onTertiaryContainer = Color(0xFF3A1D00),
    error = Color(0xFFA3261B),
    onError = Color(0xFFFFFFFF),
    errorContainer = Color(0xFFFFDAD5),
    onErrorContainer = Color(0xFF410002),
    background = Color(0xFFF8F8F4),
    onBackground = Color(0xFF191D1C),
    surface = Color(0xFFF8F8F4),
    onSurface = Color(0xFF191D1C),
    surfaceVariant = Color(0xFFE3E7E3),
    onSurfaceVariant = Color(0xFF434B49),
    surfaceContainerLowest = Color(0xFFFFFFFF),
    surfaceContainerLow = Color(0xFFFFFFFF),
    surfaceContainer = Color(0xFFEFF1EC),
    surfaceContainerHigh = Color(0xFFE9ECE6),
    surfaceContainerHighest = Color(0xFFE3E7E1),
    outline = Color(0xFF6B7472),
    outlineVariant = Color(0xFFD2D8D4),
)

/** Colours by night. */
val DarkColors: ColorScheme = darkColorScheme(
    primary = Color(0xFF84D4D0),
    onPrimary = Color(0xFF003736),
    primaryContainer = Color(0xFF0F4F4E),
    onPrimaryContainer = Color(0xFFC3EEEB),
    secondary = Color(0xFFB1CCCA),
    onSecondary = Color(0xFF1C3534),
    secondaryContainer = Color(0xFF2C4342),
    onSecondaryContainer = Color(0xFFCDE8E5),
    tertiary = Color(0xFFF4BC8B),
    onTertiary = Color(0xFF4A2800),
    tertiaryContainer = Color(0xFF5C3811),
    onTertiaryContainer = Color(0xFFFFDDBE),
    error = Color(0xFFFFB4AB),
    onError = Color(0xFF690005),
    errorContainer = Color(0xFF7A1A13),
    onErrorContainer = Color(0xFFFFDAD5),
    background = Color(0xFF101414),
    onBackground = Color(0xFFE0E3E1),
    surface = Color(0xFF101414),
    onSurface = Color(0xFFE0E3E1),
    surfaceVariant = Color(0xFF2E3433),
    onSurfaceVariant = Color(0xFFBFC9C7),
    surfaceContainerLowest = Color(0xFF0B0F0F),
    surfaceContainerLow = Color(0xFF1A1F1F),
    surfaceContainer = Color(0xFF1C2121),
    surfaceContainerHigh = Color(0xFF262B2A),
    surfaceContainerHighest = Color(0xFF313636),
    outline = Color(0xFF899391),
    outlineVariant = Color(0xFF343B3A),
)

private val KeepwellTypography = Typography().run {
    copy(
        headlineMedium = headlineMedium.copy(fontWeight = FontWeight.SemiBold),
        headlineSmall = headlineSmall.copy(fontWeight = FontWeight.SemiBold),
        titleLarge = titleLarge.copy(fontWeight = FontWeight.SemiBold),
        titleMedium = titleMedium.copy(fontWeight = FontWeight.SemiBold),
    )
}
