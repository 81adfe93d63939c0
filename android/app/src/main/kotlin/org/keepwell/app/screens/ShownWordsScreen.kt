package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.StayAwake
import org.keepwell.wallet.screen.ShownWordsEvent
import org.keepwell.wallet.screen.ShownWordsState

/** The words to write down, a few at a time, so that none is skipped; there is nothing here to copy them with. */
@Composable
fun ShownWordsScreen(
    state: ShownWordsState,
    onEvent: (ShownWordsEvent) -> Unit,
    modifier: Modifier = Modifier,
    doneAction: String = stringResource(R.string.show_words_done),
) {
    StayAwake(use = state.page)
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ShownWordsEvent.BACK) },
        bottomBar = {
            BottomBar {
                val action = if (state.isLast) doneAction else stringResource(R.string.show_words_next)
                MainButton(text = action, onClick = { onEvent(ShownWordsEvent.NEXT) })
            }
        },
    ) {
        val first = state.shown.firstOrNull()?.first ?: return@ScreenFrame
        item {
            ScreenTitle(
                text = stringResource(R.string.show_words_title),
                above = stringResource(R.string.show_words_page, first, state.shown.last().first, state.words.size),
            )
        }
        item { SecondaryText(text = stringResource(R.string.show_words_body)) }
        item {
            InfoCard { state.shown.forEach { (number, word) -> NumberedWord(number = number, word = word) } }
        }
        item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.words_secret)) }
    }
}

@Composable
private fun NumberedWord(number: Int, word: String, modifier: Modifier = Modifier) {
    val description = stringResource(R.string.word_numbered, number, word)
    Row(
        modifier = modifier.fillMaxWidth().clearAndSetSemantics { contentDescription = description },
        horizontalArrangement = Arrangement.spacedBy(16.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Text(
            text = number.toString(),
            modifier = Modifier.widthIn(min = 40.dp),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            style = MaterialTheme.typography.titleLarge,
        )
        Text(text = word, style = MaterialTheme.typography.headlineSmall)
    }
}
