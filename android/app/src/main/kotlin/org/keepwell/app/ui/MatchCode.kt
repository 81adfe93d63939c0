package org.keepwell.app.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextDirection
import org.keepwell.app.R

/** Six digits that both screens show; screen readers say them one by one. */
@Composable
fun MatchCode(code: String, modifier: Modifier = Modifier, isLarge: Boolean = false) {
    val name = stringResource(R.string.match_code)
    val style = if (isLarge) MaterialTheme.typography.displayMedium else MaterialTheme.typography.titleLarge
    Column(
        modifier = modifier.clearAndSetSemantics { contentDescription = name + " " + code.toList().joinToString(" ") },
    ) {
        Text(
            text = name,
            style = MaterialTheme.typography.labelLarge,
            color = MaterialTheme.colorScheme.onSurfaceVariant,
        )
        Text(
            text = code.take(3) + " " + code.drop(3),
            fontFamily = FontFamily.Monospace,
            // The same on both screens: left to right in every language.
            style = style.copy(textDirection = TextDirection.Ltr),
        )
    }
}
