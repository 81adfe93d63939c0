package org.keepwell.app.ui

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Measure
import org.keepwell.wallet.model.RangeBar
import org.keepwell.wallet.model.Standing

/**
 * Where a number stands beside what is normal, [range] as its source wrote it: in words, which a screen reader says too, and where
 * there are two ends on a bar. Nothing where its source does not say what is normal.
 */
@Composable
fun RangeOf(measure: Measure, range: String, modifier: Modifier = Modifier) {
    val standing = measure.standing ?: return
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(8.dp)) {
        RangeBar.of(measure)?.let { RangeBarLine(bar = it) }
        Text(text = text(standing, range), style = MaterialTheme.typography.bodyLarge)
    }
}

@Composable
private fun text(standing: Standing, range: String): String = when (standing) {
    Standing.BELOW -> stringResource(R.string.range_below, range)
    Standing.WITHIN -> stringResource(R.string.range_within, range)
    Standing.ABOVE -> stringResource(R.string.range_above, range)
}

/** Numbers grow to the right in every language here. */
@Composable
private fun RangeBarLine(bar: RangeBar, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Ltr) {
        Canvas(modifier = modifier.fillMaxWidth().height(28.dp)) {
            band(color = colors.surfaceContainerHighest, from = 0.0, to = 1.0)
            band(color = colors.primary, from = RangeBar.START, to = RangeBar.END)
            // The ring keeps the mark apart from what is behind it.
            val radius = size.height / 2
            val at = Offset((bar.mark.toFloat() * size.width).coerceIn(radius, size.width - radius), center.y)
            drawCircle(color = colors.surfaceContainerLow, radius = radius, center = at)
            drawCircle(color = colors.onSurface, radius = radius - 4.dp.toPx(), center = at)
        }
    }
}

private fun DrawScope.band(color: Color, from: Double, to: Double) {
    val height = 10.dp.toPx()
    drawRoundRect(
        color = color,
        topLeft = Offset((from * size.width).toFloat(), center.y - height / 2),
        size = Size(((to - from) * size.width).toFloat(), height),
        cornerRadius = CornerRadius(height / 2),
    )
}
