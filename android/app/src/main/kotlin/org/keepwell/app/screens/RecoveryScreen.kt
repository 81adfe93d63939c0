package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalFocusManager
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.RecoveryEvent
import org.keepwell.wallet.screen.RecoveryState
import org.keepwell.wallet.screen.RecoveryStep

/** The way back in without the PIN: the recovery words, their passphrase, and a new PIN. */
@Composable
fun RecoveryScreen(state: RecoveryState, onEvent: (RecoveryEvent) -> Unit) {
    when (state.step) {
        RecoveryStep.WORDS -> WordsStep(state, onEvent)
        RecoveryStep.PASSPHRASE -> PassphraseStep(state, onEvent)
        RecoveryStep.NEW_PIN -> NewPinStep(R.string.new_pin_title, R.string.new_pin_body, R.string.next, state, onEvent)
        RecoveryStep.REPEAT_PIN -> NewPinStep(R.string.repeat_pin_title, R.string.repeat_pin_body, R.string.repeat_pin_action, state, onEvent)
    }
}

@Composable
private fun WordsStep(state: RecoveryState, onEvent: (RecoveryEvent) -> Unit) {
    val focus = LocalFocusManager.current
    val goOn = {
        // The keyboard goes, so that an answer has room.
        focus.clearFocus()
        onEvent(RecoveryEvent.Next)
    }
    ScreenFrame(
        { onEvent(RecoveryEvent.Back) },
        bottom = { BottomBar { MainButton(stringResource(R.string.next), state.canRead, onClick = goOn) } },
    ) {
        item { ScreenTitle(stringResource(R.string.words_title)) }
        item { SecondaryText(stringResource(R.string.words_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) } }
        if (state.suggestions.isNotEmpty()) {
            item {
                InfoCard {
                    Text(stringResource(R.string.words_meant), style = MaterialTheme.typography.bodyLarge)
                    state.suggestions.forEach { word -> OtherButton(word) { onEvent(RecoveryEvent.Take(word)) } }
                }
            }
        }
        item {
            SecretField(state.words, stringResource(R.string.words_field), "words", 5, state.problem != null) { onEvent(RecoveryEvent.TypeWords(it)) }
        }
        item { SecondaryText(pluralStringResource(R.plurals.words_count, state.count, state.count), Modifier.semantics { liveRegion = LiveRegionMode.Polite }) }
        item { IconText(R.drawable.ic_info, stringResource(R.string.words_secret)) }
        if (state.isBusy) item { BusyIndicator(stringResource(R.string.pin_checking)) }
    }
}

@Composable
private fun PassphraseStep(state: RecoveryState, onEvent: (RecoveryEvent) -> Unit) {
    ScreenFrame(
        { onEvent(RecoveryEvent.Back) },
        bottom = { BottomBar { MainButton(stringResource(R.string.next)) { onEvent(RecoveryEvent.Next) } } },
    ) {
        item { ScreenTitle(stringResource(R.string.passphrase_title)) }
        item { SecondaryText(stringResource(R.string.passphrase_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) } }
        item {
            SecretField(state.passphrase, stringResource(R.string.passphrase_field), "passphrase", 1, state.problem != null) {
                onEvent(RecoveryEvent.TypePassphrase(it))
            }
        }
        if (state.hasOuterBlank) item { Notice(stringResource(R.string.passphrase_blank), Tone.WARNING) }
    }
}

@Composable
private fun NewPinStep(title: Int, body: Int, action: Int, state: RecoveryState, onEvent: (RecoveryEvent) -> Unit) {
    PinScreen(stringResource(title), stringResource(body), stringResource(action), state.pin, { onEvent(RecoveryEvent.Back) }, {}) { event: PinEvent ->
        onEvent(RecoveryEvent.Pin(event))
    }
}
