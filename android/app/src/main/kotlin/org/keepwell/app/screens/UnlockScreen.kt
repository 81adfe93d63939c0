package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
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
fun UnlockScreen(state: PinState, onRecover: () -> Unit, onEvent: (PinEvent) -> Unit) {
    PinScreen(
        stringResource(R.string.unlock_title), stringResource(R.string.unlock_body), stringResource(R.string.unlock_action),
        state, null, onRecover, isForgettable = true, onEvent,
    )
}

/**
 * A PIN with what it is for. Where no PIN opens the wallet any more, the recovery words take the place of the pad; where
 * it [isForgettable], they are offered above it, in sight whatever the size of type.
 */
@Composable
fun PinScreen(
    title: String,
    body: String,
    action: String,
    state: PinState,
    onBack: (() -> Unit)?,
    onRecover: () -> Unit,
    isForgettable: Boolean = false,
    onEvent: (PinEvent) -> Unit,
) {
    val lost = state.problem?.takeIf { it.needsWords }
    ScreenFrame(
        onBack = onBack,
        away = { if (isForgettable && lost == null) QuietButton(stringResource(R.string.recover_forgot), onClick = onRecover) },
        bottom = {
            BottomBar {
                if (lost != null) {
                    MainButton(stringResource(R.string.recover_action), onClick = onRecover)
                } else {
                    MainButton(action, state.canSubmit) { onEvent(PinEvent.Submit) }
                }
            }
        },
    ) {
        item { ScreenTitle(title) }
        if (lost != null) {
            item { ProblemNotice(lost) }
        } else {
            item { SecondaryText(body) }
            item { PinPad(state, onEvent) }
            if (state.isChecking) item { BusyIndicator(stringResource(R.string.pin_checking)) }
        }
    }
}
