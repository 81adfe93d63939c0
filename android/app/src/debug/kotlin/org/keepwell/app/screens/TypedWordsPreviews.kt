package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.TypedWord
import org.keepwell.wallet.model.WordMark
import org.keepwell.wallet.model.WordsReason
import org.keepwell.wallet.screen.TypedWordsState
import org.keepwell.wallet.screen.WordField

@ScreenPreviews
@Composable
internal fun TypedWordsPreview() {
    PreviewFrame { TypedWordsScreen(state = TypedWordsState(), onBack = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun TypedWordsCompletedPreview() {
    val begun = WordField("can", TypedWord(WordMark.BEGUN, listOf("canyon", "cannon", "candy")))
    val state = TypedWordsState(fields = FakeWallet.WORDS.take(2).map { WordField(it, TypedWord(WordMark.KNOWN)) } + begun + List(21) { WordField() }, focus = 2)
    PreviewFrame { TypedWordsScreen(state = state, onBack = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun TypedWordsWrongPreview() {
    val wrong = WordField("cany0n", TypedWord(WordMark.UNKNOWN, listOf("canyon")))
    val fields = FakeWallet.WORDS.map { if (it == "canyon") wrong else WordField(it, TypedWord(WordMark.KNOWN)) }
    val state = TypedWordsState(fields = fields, focus = 2, problem = Problem.WordsUnreadable(WordsReason.UNKNOWN_WORD, 3))
    PreviewFrame { TypedWordsScreen(state = state, onBack = {}, onEvent = {}) }
}
