package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.screen.ShownWordsState

@ScreenPreviews
@Composable
internal fun ShownWordsPreview() {
    PreviewFrame { ShownWordsScreen(state = ShownWordsState(words = FakeWallet.WORDS), onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShownWordsLastPreview() {
    PreviewFrame { ShownWordsScreen(state = ShownWordsState(words = FakeWallet.WORDS, page = 3), onEvent = {}) }
}
