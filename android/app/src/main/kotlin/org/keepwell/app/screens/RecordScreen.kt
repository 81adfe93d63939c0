package org.keepwell.app.screens

import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextDirection
import org.keepwell.app.R
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Card
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.Heading
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.Pair
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.Title
import org.keepwell.app.ui.typeWords
import org.keepwell.app.ui.words
import org.keepwell.wallet.screen.RecordEvent
import org.keepwell.wallet.screen.RecordState

/** One record in plain fields, and as it was received. */
@Composable
fun RecordScreen(state: RecordState, onBack: () -> Unit, onLock: () -> Unit, onEvent: (RecordEvent) -> Unit) {
    Frame(onBack, onLock) {
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(RecordEvent.Retry) } } }
        val view = state.view
        if (view != null) {
            item { Title(view.title ?: stringResource(R.string.record_untitled), view.type?.let { typeWords(it) }) }
            item {
                if (view.fields.isEmpty()) {
                    Quiet(stringResource(R.string.record_unreadable))
                } else {
                    Card { view.fields.forEach { Pair(words(it.label), words(it)) } }
                }
            }
            item {
                OtherButton(stringResource(if (state.showsReceived) R.string.record_hide_received else R.string.record_show_received)) {
                    onEvent(RecordEvent.ToggleReceived)
                }
            }
            if (state.showsReceived) {
                item { Heading(stringResource(R.string.record_as_received)) }
                item {
                    Card {
                        SelectionContainer {
                            val style = MaterialTheme.typography.bodySmall.copy(fontFamily = FontFamily.Monospace, textDirection = TextDirection.Ltr)
                            Text(state.received, style = style)
                        }
                    }
                }
            }
        } else if (state.problem == null) {
            item { Busy() }
        }
    }
}
