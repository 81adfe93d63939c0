package org.keepwell.app.ui

import androidx.annotation.DrawableRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** A screen's title; it wraps and never clips. */
@Composable
fun ScreenTitle(text: String, modifier: Modifier = Modifier, above: String? = null) {
    Column(modifier = modifier.padding(bottom = 4.dp)) {
        if (above != null) {
            Text(text = above, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.primary)
        }
        Text(text = text, modifier = Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineMedium)
    }
}

/** The title of a part of a screen. */
@Composable
fun SectionHeading(text: String, modifier: Modifier = Modifier) {
    Text(
        text = text,
        modifier = modifier.padding(top = 12.dp).semantics { heading() },
        style = MaterialTheme.typography.titleMedium,
    )
}

/** Text of second rank. */
@Composable
fun SecondaryText(text: String, modifier: Modifier = Modifier) {
    Text(
        text = text,
        modifier = modifier,
        style = MaterialTheme.typography.bodyMedium,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

/** A line with a small picture before it. */
@Composable
fun IconText(
    @DrawableRes icon: Int,
    text: String,
    modifier: Modifier = Modifier,
    tint: Color = MaterialTheme.colorScheme.onSurfaceVariant,
) {
    Row(modifier = modifier, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
        Icon(painter = painterResource(icon), contentDescription = null, modifier = Modifier.size(growing(20.dp)), tint = tint)
        Text(text = text, modifier = Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
    }
}

/** A label and what is said under it, below one another so that large type has room. */
@Composable
fun LabeledText(label: String, text: String, modifier: Modifier = Modifier) {
    Column(modifier = modifier.semantics(mergeDescendants = true) {}) {
        Text(text = label, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
        Text(text = text, style = MaterialTheme.typography.bodyLarge)
    }
}

/** A measure that grows with the type beside it. */
@Composable
internal fun growing(size: Dp): Dp = size * LocalDensity.current.fontScale
