package org.keepwell.app.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Problem

/** How loud a notice is; each kind has its own picture. */
enum class Tone { INFO, WARNING, ERROR }

/** Something the person should know; screen readers say it when it appears or changes, unless it [isSilent]. */
@Composable
fun Notice(
    text: String,
    tone: Tone,
    modifier: Modifier = Modifier,
    isSilent: Boolean = false,
    action: (@Composable () -> Unit)? = null,
) {
    val colors = MaterialTheme.colorScheme
    val (back, front, icon) = when (tone) {
        Tone.INFO -> Triple(colors.secondaryContainer, colors.onSecondaryContainer, R.drawable.ic_info)
        Tone.WARNING -> Triple(colors.tertiaryContainer, colors.onTertiaryContainer, R.drawable.ic_warning)
        Tone.ERROR -> Triple(colors.errorContainer, colors.onErrorContainer, R.drawable.ic_warning)
    }
    Surface(
        modifier = if (isSilent) modifier else modifier.semantics { liveRegion = LiveRegionMode.Polite },
        shape = MaterialTheme.shapes.medium,
        color = back,
        contentColor = front,
    ) {
        Column(modifier = Modifier.fillMaxWidth().padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                Icon(painter = painterResource(icon), contentDescription = null)
                Text(text = text, modifier = Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            }
            action?.invoke()
        }
    }
}

/** A problem in plain words, with another try where one can help. */
@Composable
fun ProblemNotice(problem: Problem, modifier: Modifier = Modifier, onRetry: (() -> Unit)? = null) {
    Notice(
        text = message(problem),
        tone = if (problem == Problem.Offline || problem == Problem.NotConnected || problem == Problem.PinChanged || problem == Problem.AccessNotEnded) Tone.WARNING else Tone.ERROR,
        modifier = modifier,
    ) {
        if (onRetry != null) RetryButton(onRetry = onRetry)
    }
}

/** Another try, within a notice. */
@Composable
fun RetryButton(onRetry: () -> Unit, modifier: Modifier = Modifier) =
    NoticeButton(text = stringResource(R.string.retry), onClick = onRetry, modifier = modifier)

/** What can be done about a notice, within it. */
@Composable
fun NoticeButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, isEnabled: Boolean = true) {
    val color = LocalContentColor.current
    OutlinedButton(
        onClick = onClick,
        modifier = modifier.heightIn(min = 48.dp),
        enabled = isEnabled,
        colors = ButtonDefaults.outlinedButtonColors(contentColor = color, disabledContentColor = color),
        border = BorderStroke(width = 1.dp, color = color),
    ) {
        Text(text = text)
    }
}
