package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.PinPad
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.Title
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.PinState

/** The PIN, before everything else. */
@Composable
fun UnlockScreen(state: PinState, onEvent: (PinEvent) -> Unit) {
    PinScreen(stringResource(R.string.unlock_title), stringResource(R.string.unlock_body), stringResource(R.string.unlock_action), state, null, onEvent)
}

/** A PIN with what it is for. */
@Composable
fun PinScreen(title: String, body: String, action: String, state: PinState, onBack: (() -> Unit)?, onEvent: (PinEvent) -> Unit) {
    Frame(
        onBack = onBack,
        bottom = { BottomBar { MainButton(action, state.canSubmit) { onEvent(PinEvent.Submit) } } },
    ) {
        item { Title(title) }
        item { Quiet(body) }
        item { PinPad(state, onEvent) }
        if (state.isChecking) item { Busy(stringResource(R.string.pin_checking)) }
    }
}
