package org.keepwell.app.screens

import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.focus.onFocusChanged
import androidx.compose.ui.platform.LocalFocusManager
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.StayAwake
import org.keepwell.wallet.screen.TypedWordsEvent
import org.keepwell.wallet.screen.TypedWordsState

/** Recovery words in numbered fields; what the word at hand may become stands above the keyboard. */
@Composable
fun TypedWordsScreen(state: TypedWordsState, onBack: () -> Unit, onEvent: (TypedWordsEvent) -> Unit, modifier: Modifier = Modifier) {
    val focus = LocalFocusManager.current
    StayAwake(use = state.fields)
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        bottomBar = {
            BottomBar {
                Completions(state = state, onEvent = onEvent)
                val goOn = {
                    // The keyboard goes, so that an answer has room.
                    focus.clearFocus()
                    onEvent(TypedWordsEvent.Next)
                }
                MainButton(text = stringResource(R.string.next), onClick = goOn, isEnabled = state.canRead)
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.words_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item { SecondaryText(text = stringResource(R.string.type_words_body)) }
        item { SecondaryText(text = stringResource(R.string.type_words_fewer)) }
        // One item: a field that is gone to must be there.
        item { WordFields(state = state, onEvent = onEvent) }
        item { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.words_secret)) }
        if (state.isBusy) item { BusyIndicator(description = stringResource(R.string.pin_checking)) }
    }
}

@Composable
private fun WordFields(state: TypedWordsState, onEvent: (TypedWordsEvent) -> Unit, modifier: Modifier = Modifier) {
    val requesters = remember { List(TypedWordsState.FIELDS) { FocusRequester() } }
    LaunchedEffect(state.focus) {
        // Nobody is pushed into the first field before they have read what it is for.
        if (state.fields.any { it.text.isNotEmpty() }) requesters[state.focus].requestFocus()
    }
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(12.dp)) {
        state.fields.forEachIndexed { index, field ->
            SecretField(
                text = field.text,
                label = stringResource(R.string.word_field, index + 1),
                tag = "word-${index + 1}",
                lines = 1,
                isWrong = field.isWrong,
                onChange = { onEvent(TypedWordsEvent.Type(index, it)) },
                modifier = Modifier.focusRequester(requesters[index])
                    .onFocusChanged { if (it.isFocused) onEvent(TypedWordsEvent.Focus(index)) },
                isEnabled = !state.isBusy,
            )
        }
    }
}

@Composable
private fun Completions(state: TypedWordsState, onEvent: (TypedWordsEvent) -> Unit, modifier: Modifier = Modifier) {
    val completions = state.fields[state.focus].judged?.completions.orEmpty()
    if (completions.isEmpty()) return
    Row(
        modifier = modifier.fillMaxWidth().horizontalScroll(rememberScrollState()),
        horizontalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        completions.forEach { word ->
            OutlinedButton(
                onClick = { onEvent(TypedWordsEvent.Take(state.focus, word)) },
                modifier = Modifier.heightIn(min = 48.dp),
                enabled = !state.isBusy,
            ) {
                Text(text = word)
            }
        }
    }
}
