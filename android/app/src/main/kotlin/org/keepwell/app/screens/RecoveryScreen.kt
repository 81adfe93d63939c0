package org.keepwell.app.screens

import androidx.annotation.StringRes
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
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.StayAwake
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.RecoveryEvent
import org.keepwell.wallet.screen.RecoveryState
import org.keepwell.wallet.screen.RecoveryStep

/** The way back in without the PIN: the recovery words, their passphrase, and a new PIN. */
@Composable
fun RecoveryScreen(
    state: RecoveryState,
    onGiveUp: () -> Unit,
    onEvent: (RecoveryEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        RecoveryStep.WORDS -> WordsStep(state = state, onGiveUp = onGiveUp, onEvent = onEvent, modifier = modifier)
        RecoveryStep.PASSPHRASE -> PassphraseStep(
            passphrase = state.passphrase,
            hasOuterBlank = state.hasOuterBlank,
            problem = state.problem,
            onChange = { onEvent(RecoveryEvent.TypePassphrase(it)) },
            onBack = { onEvent(RecoveryEvent.Back) },
            onNext = { onEvent(RecoveryEvent.Next) },
            modifier = modifier,
        )
        RecoveryStep.NEW_PIN -> NewPinStep(
            title = R.string.new_pin_title,
            body = R.string.new_pin_body,
            action = R.string.next,
            state = state,
            onEvent = onEvent,
            modifier = modifier,
        )
        RecoveryStep.REPEAT_PIN -> NewPinStep(
            title = R.string.repeat_pin_title,
            body = R.string.repeat_pin_body,
            action = R.string.repeat_pin_action,
            state = state,
            onEvent = onEvent,
            modifier = modifier,
        )
    }
}

@Composable
private fun WordsStep(
    state: RecoveryState,
    onGiveUp: () -> Unit,
    onEvent: (RecoveryEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    val focus = LocalFocusManager.current
    val goOn = {
        // The keyboard goes, so that an answer has room.
        focus.clearFocus()
        onEvent(RecoveryEvent.Next)
    }
    StayAwake(use = state.words)
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(RecoveryEvent.Back) },
        actions = { QuietButton(text = stringResource(R.string.erase_no_words), onClick = onGiveUp) },
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.next), onClick = goOn, isEnabled = state.canRead) }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.words_title)) }
        item { SecondaryText(text = stringResource(R.string.words_body)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.suggestions.isNotEmpty()) {
            item {
                InfoCard {
                    Text(text = stringResource(R.string.words_meant), style = MaterialTheme.typography.bodyLarge)
                    state.suggestions.forEach { word ->
                        OtherButton(text = word, onClick = { onEvent(RecoveryEvent.Take(word)) }, isEnabled = !state.isBusy)
                    }
                }
            }
        }
        item {
            SecretField(
                text = state.words,
                label = stringResource(R.string.words_field),
                tag = "words",
                lines = 5,
                isWrong = state.problem != null,
                onChange = { onEvent(RecoveryEvent.TypeWords(it)) },
                isEnabled = !state.isBusy,
            )
        }
        item {
            SecondaryText(
                text = pluralStringResource(R.plurals.words_count, state.count, state.count),
                modifier = Modifier.semantics { liveRegion = LiveRegionMode.Polite },
            )
        }
        item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.words_secret)) }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.pin_checking)) }
    }
}

/** The password beside the words, which most people have not. */
@Composable
internal fun PassphraseStep(
    passphrase: String,
    hasOuterBlank: Boolean,
    problem: Problem?,
    onChange: (String) -> Unit,
    onBack: () -> Unit,
    onNext: () -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.next), onClick = onNext) }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.passphrase_title)) }
        item { SecondaryText(text = stringResource(R.string.passphrase_body)) }
        if (problem != null) item { ProblemNotice(problem = problem) }
        item {
            SecretField(
                text = passphrase,
                label = stringResource(R.string.passphrase_field),
                tag = "passphrase",
                lines = 1,
                isWrong = problem != null,
                onChange = onChange,
            )
        }
        if (hasOuterBlank) item { Notice(text = stringResource(R.string.passphrase_blank), tone = Tone.WARNING) }
    }
}

@Composable
private fun NewPinStep(
    @StringRes title: Int,
    @StringRes body: Int,
    @StringRes action: Int,
    state: RecoveryState,
    onEvent: (RecoveryEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    PinScreen(
        title = stringResource(title),
        body = stringResource(body),
        action = stringResource(action),
        state = state.pin,
        onBack = { onEvent(RecoveryEvent.Back) },
        onRecover = {},
        onEvent = { onEvent(RecoveryEvent.Pin(it)) },
        modifier = modifier,
    )
}
