package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.WordsReason
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.RecoveryState
import org.keepwell.wallet.screen.RecoveryStep

@ScreenPreviews
@Composable
internal fun RecoverWordsPreview() {
    val state = RecoveryState(words = WORDS.take(9).joinToString(" "))
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverCheckingPreview() {
    val state = RecoveryState(words = WORDS.joinToString(" "), isBusy = true)
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverUnknownPreview() {
    val state = RecoveryState(
        words = WORDS.map { if (it == "canyon") "canyn" else it }.joinToString(" "),
        suggestions = listOf("canyon", "candy"),
        problem = Problem.WordsUnreadable(WordsReason.UNKNOWN_WORD, 3),
    )
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverChecksumPreview() {
    val state = RecoveryState(words = WORDS.joinToString(" "), problem = Problem.WordsUnreadable(WordsReason.MNEMONIC_CHECKSUM, null))
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverPassphrasePreview() {
    val state = RecoveryState(RecoveryStep.PASSPHRASE)
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverWrongPreview() {
    val state = RecoveryState(RecoveryStep.PASSPHRASE, passphrase = "green door ", problem = Problem.WrongWords)
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverPinPreview() {
    val state = RecoveryState(RecoveryStep.NEW_PIN, pin = PinState(problem = Problem.PinsDiffer))
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecoverRepeatPreview() {
    val state = RecoveryState(RecoveryStep.REPEAT_PIN, pin = PinState(entered = 6))
    PreviewFrame { RecoveryScreen(state = state, onGiveUp = {}, onEvent = {}) }
}

private val WORDS = FakeWallet.WORDS
