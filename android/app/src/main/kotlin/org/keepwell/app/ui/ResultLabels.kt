package org.keepwell.app.ui

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Trend
import org.keepwell.wallet.model.ValueFlag

/** What its source says about a value: in a word, with a picture, and set apart by its colour last. */
@Composable
fun FlagBadge(flag: ValueFlag, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    val isCritical = flag == ValueFlag.CRITICAL
    Surface(
        modifier = modifier,
        shape = MaterialTheme.shapes.small,
        color = if (isCritical) colors.errorContainer else colors.tertiaryContainer,
        contentColor = if (isCritical) colors.onErrorContainer else colors.onTertiaryContainer,
    ) {
        Row(
            modifier = Modifier.padding(horizontal = 8.dp, vertical = 2.dp),
            horizontalArrangement = Arrangement.spacedBy(4.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Icon(painter = painterResource(flag.icon), contentDescription = null, modifier = Modifier.size(growing(16.dp)))
            Text(text = label(flag), style = MaterialTheme.typography.labelLarge)
        }
    }
}

/** How a number compares with the one before it. */
@Composable
fun TrendText(trend: Trend, modifier: Modifier = Modifier) {
    val (icon, text) = trend.shown
    IconText(icon = icon, text = stringResource(text), modifier = modifier)
}

private val ValueFlag.icon: Int @DrawableRes get() = when (this) {
    ValueFlag.CRITICAL -> R.drawable.ic_warning
    ValueFlag.HIGH -> R.drawable.ic_high
    ValueFlag.LOW -> R.drawable.ic_low
    ValueFlag.ABNORMAL -> R.drawable.ic_info
}

private val Trend.shown: TrendLook get() = when (this) {
    Trend.UP -> TrendLook(R.drawable.ic_trend_up, R.string.trend_up)
    Trend.DOWN -> TrendLook(R.drawable.ic_trend_down, R.string.trend_down)
    Trend.SAME -> TrendLook(R.drawable.ic_trend_same, R.string.trend_same)
}

private data class TrendLook(@param:DrawableRes val icon: Int, @param:StringRes val text: Int)
