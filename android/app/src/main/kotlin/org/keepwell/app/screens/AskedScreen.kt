package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.wallet.screen.AskedEvent
import org.keepwell.wallet.screen.AskedState

/** What a clinic's code asks for, while it is being proved; or why it is not to be believed. */
@Composable
fun AskedScreen(state: AskedState, onBack: () -> Unit, onLock: () -> Unit, onEvent: (AskedEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        item { ScreenTitle(text = stringResource(R.string.asked_title)) }
        item {
            val problem = state.problem
            if (problem == null) BusyIndicator() else ProblemNotice(problem = problem, onRetry = { onEvent(AskedEvent.Retry) })
        }
    }
}
