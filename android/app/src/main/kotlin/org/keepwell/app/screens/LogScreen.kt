package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RetryButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.app.ui.timeOfDay
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.screen.LogScreenEvent
import org.keepwell.wallet.screen.LogState

/** What happened, day by day. */
@Composable
fun LogScreen(
    state: LogState,
    onLock: () -> Unit,
    onEvent: (LogScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
    onSettings: (() -> Unit)? = null,
) {
    ScreenFrame(modifier = modifier, onLock = onLock, onSettings = onSettings) {
        item { ScreenTitle(text = stringResource(R.string.log_title)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(LogScreenEvent.Retry) }) }
        }
        if (state.isOwnOnly) {
            item {
                Notice(text = stringResource(R.string.log_own_only), tone = Tone.WARNING) {
                    RetryButton(onRetry = { onEvent(LogScreenEvent.Retry) })
                }
            }
        }
        state.days.forEach { (first, entries) ->
            item { SectionHeading(text = day(first)) }
            item {
                InfoCard {
                    entries.forEach { entry ->
                        LabeledText(
                            label = listOfNotNull(timeOfDay(entry.time), about(entry)).joinToString(" · "),
                            text = label(entry),
                        )
                    }
                }
            }
        }
        if (state.isEmpty) item { SecondaryText(text = stringResource(R.string.log_none)) }
        if (state.isLoading) item { BusyIndicator() }
    }
}

/** Who it was; whoever opens a code only says who they are. */
@Composable
private fun about(entry: LogEntry): String? = when (entry.event) {
    LogEvent.SHARE_OPENED, LogEvent.SHARE_DENIED -> entry.about?.let { stringResource(R.string.log_said_to_be, it) }
    else -> entry.about
}
