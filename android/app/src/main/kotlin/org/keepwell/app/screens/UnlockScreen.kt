package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.PinPad
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.PinState

/** The PIN, before everything else; and the way on for whoever has none that opens. */
@Composable
fun UnlockScreen(state: PinState, onRecover: () -> Unit, onEvent: (PinEvent) -> Unit, modifier: Modifier = Modifier) {
    PinScreen(
        title = stringResource(R.string.unlock_title),
        body = stringResource(R.string.unlock_body),
        action = stringResource(R.string.unlock_action),
        state = state,
        onBack = null,
        onRecover = onRecover,
        onEvent = onEvent,
        modifier = modifier,
        isForgettable = true,
    )
}

/**
 * A PIN with what it is for. Where no PIN opens the wallet any more, the recovery words take the place of the pad; where
 * it [isForgettable], they are offered above it, in sight whatever the size of type. [details] stand above the pad, so that nobody
 * comes to the button without having passed them.
 */
@Composable
fun PinScreen(
    title: String,
    body: String,
    action: String,
    state: PinState,
    onBack: (() -> Unit)?,
    onRecover: () -> Unit,
    onEvent: (PinEvent) -> Unit,
    modifier: Modifier = Modifier,
    isForgettable: Boolean = false,
    details: (@Composable () -> Unit)? = null,
) {
    val lost = state.problem?.takeIf { it.needsWords }
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        actions = {
            if (isForgettable && lost == null) QuietButton(text = stringResource(R.string.recover_forgot), onClick = onRecover)
        },
        bottomBar = {
            BottomBar {
                if (lost != null) {
                    MainButton(text = stringResource(R.string.recover_action), onClick = onRecover)
                } else {
                    MainButton(text = action, onClick = { onEvent(PinEvent.Submit) }, isEnabled = state.canSubmit)
                }
            }
        },
    ) {
        item { ScreenTitle(text = title) }
        if (lost != null) {
            item { ProblemNotice(problem = lost) }
        } else {
            item { SecondaryText(text = body) }
            if (details != null) item { InfoCard { details() } }
            item { PinPad(state = state, onEvent = onEvent) }
            if (state.isChecking) item { BusyIndicator(description = stringResource(R.string.pin_checking)) }
        }
    }
}
