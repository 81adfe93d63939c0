package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.PinPad
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.UnlockEvent
import org.keepwell.wallet.screen.UnlockState

/** The PIN, before everything else, with finger or face above it where they open; and the way on for whoever has none that opens. */
@Composable
fun UnlockScreen(
    state: UnlockState,
    onRecover: () -> Unit,
    onHelp: () -> Unit,
    onEvent: (UnlockEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    PinScreen(
        title = stringResource(R.string.unlock_title),
        body = stringResource(R.string.unlock_body),
        action = stringResource(R.string.unlock_action),
        // What is typed while the phone asks would go nowhere.
        state = if (state.isAsking) state.pin.copy(isChecking = true) else state.pin,
        onBack = null,
        onRecover = onRecover,
        onEvent = { onEvent(UnlockEvent.Pin(it)) },
        modifier = modifier,
        isForgettable = true,
        onHelp = onHelp,
        abovePad = if (state.hasBiometrics || state.problem != null) {
            { Biometrics(state = state, onUse = { onEvent(UnlockEvent.UseBiometrics) }) }
        } else {
            null
        },
    )
}

@Composable
private fun Biometrics(state: UnlockState, onUse: () -> Unit, modifier: Modifier = Modifier) {
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(12.dp)) {
        when (val problem = state.problem) {
            null -> Unit
            // Shorter than what is said of the phone's own question elsewhere: the pad stays where it is needed.
            Problem.DeviceKeyRefused -> Notice(text = stringResource(R.string.problem_biometrics_refused), tone = Tone.ERROR)
            // Whatever keeps the phone from asking now: the advice to set one up belongs where it is switched on.
            Problem.BiometricsUnavailable -> Notice(text = stringResource(R.string.problem_biometrics_not_now), tone = Tone.ERROR)
            else -> ProblemNotice(problem = problem)
        }
        if (state.hasBiometrics) {
            OtherButton(
                text = stringResource(R.string.biometrics_unlock),
                onClick = onUse,
                isEnabled = !state.isAsking && !state.pin.isChecking,
            )
        }
    }
}

/**
 * A PIN with what it is for. Where no PIN opens the wallet any more, the recovery words take the place of the pad; where
 * it [isForgettable], they are offered above it, in sight whatever the size of type, beside the help. [details] stand above the pad, so that nobody
 * comes to the button without having passed them; [abovePad] is what takes its place.
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
    onHelp: (() -> Unit)? = null,
    isDangerous: Boolean = false,
    details: (@Composable () -> Unit)? = null,
    abovePad: (@Composable () -> Unit)? = null,
) {
    val lost = state.problem?.takeIf { it.needsWords }
    ScreenFrame(
        modifier = modifier,
        onBack = onBack.takeUnless { state.isChecking },
        actions = {
            if (onHelp != null) QuietButton(text = stringResource(R.string.help_title), onClick = onHelp)
            if (isForgettable && lost == null) QuietButton(text = stringResource(R.string.recover_forgot), onClick = onRecover)
        },
        bottomBar = {
            BottomBar {
                if (lost != null) {
                    MainButton(text = stringResource(R.string.recover_action), onClick = onRecover)
                } else {
                    MainButton(text = action, onClick = { onEvent(PinEvent.Submit) }, isEnabled = state.canSubmit, isDangerous = isDangerous)
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
            if (abovePad != null) item { abovePad() }
            item { PinPad(state = state, onEvent = onEvent) }
            if (state.isChecking) item { BusyIndicator(description = stringResource(R.string.pin_checking)) }
        }
    }
}
