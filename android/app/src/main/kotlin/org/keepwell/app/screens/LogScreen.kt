package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Card
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.Heading
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.Pair
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.RetryButton
import org.keepwell.app.ui.Title
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.timeOfDay
import org.keepwell.app.ui.words
import org.keepwell.wallet.screen.LogScreenEvent
import org.keepwell.wallet.screen.LogState

/** What happened, day by day. */
@Composable
fun LogScreen(state: LogState, onLock: () -> Unit, onEvent: (LogScreenEvent) -> Unit) {
    Frame(onLock = onLock) {
        item { Title(stringResource(R.string.log_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(LogScreenEvent.Retry) } } }
        if (state.isOwnOnly) {
            item { Notice(stringResource(R.string.log_own_only), Tone.WARNING) { RetryButton { onEvent(LogScreenEvent.Retry) } } }
        }
        state.days.forEach { (first, entries) ->
            item { Heading(day(first)) }
            item {
                Card {
                    entries.forEach { entry ->
                        Pair(listOfNotNull(timeOfDay(entry.time), entry.about).joinToString(" · "), words(entry.event))
                    }
                }
            }
        }
        if (state.isEmpty) item { Quiet(stringResource(R.string.log_none)) }
        if (state.isLoading) item { Busy() }
    }
}
