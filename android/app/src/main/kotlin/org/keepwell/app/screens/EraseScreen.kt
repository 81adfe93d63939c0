package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.NoticeButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Question
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.counted
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.screen.EraseEvent
import org.keepwell.wallet.screen.EraseState
import org.keepwell.wallet.screen.EraseStep

/** Everything gone from this phone: what stays elsewhere, what is lost, what brings back the rest, and the PIN; or, without one, a question more. */
@Composable
fun EraseScreen(state: EraseState, onRecover: () -> Unit, onEvent: (EraseEvent) -> Unit, modifier: Modifier = Modifier) {
    when (state.step) {
        EraseStep.EXPLAIN -> Explain(state = state, onEvent = onEvent, modifier = modifier)
        EraseStep.PIN -> PinScreen(
            title = stringResource(R.string.erase_question),
            body = stringResource(R.string.erase_pin),
            action = stringResource(R.string.erase_action),
            state = state.pin,
            onBack = { onEvent(EraseEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(EraseEvent.Pin(it)) },
            modifier = modifier,
            isDangerous = true,
        )
    }
    if (state.isAsking) {
        Question(
            onDismissRequest = { onEvent(EraseEvent.Keep) },
            title = { Text(text = stringResource(R.string.erase_question)) },
            text = { Text(text = stringResource(R.string.erase_body)) },
            confirmButton = {
                TextButton(onClick = { onEvent(EraseEvent.Confirm) }) {
                    Text(text = stringResource(R.string.erase_action), color = MaterialTheme.colorScheme.error)
                }
            },
            dismissButton = { TextButton(onClick = { onEvent(EraseEvent.Keep) }) { Text(text = stringResource(R.string.cancel)) } },
        )
    }
}

@Composable
private fun Explain(state: EraseState, onEvent: (EraseEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(EraseEvent.Back) }.takeUnless { state.isErasing },
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(if (state.isForgotten) R.string.erase_action else R.string.next),
                    onClick = { onEvent(EraseEvent.Next) },
                    isEnabled = state.canGoOn,
                    isDangerous = state.isForgotten,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(if (state.isForgotten) R.string.erase_forgotten_title else R.string.erase_title)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(EraseEvent.Retry) }.takeIf { !state.isForgotten && state.atRisk == null }) }
        }
        if (state.isForgotten) {
            val text = if (state.opensWithBiometrics) R.string.erase_still_opens else R.string.erase_forgotten
            item { Text(text = stringResource(text), style = MaterialTheme.typography.bodyLarge) }
            item { Notice(text = stringResource(R.string.erase_look_first), tone = Tone.INFO) }
        }
        item { Text(text = stringResource(R.string.erase_body), style = MaterialTheme.typography.bodyLarge) }
        val atRisk = state.atRisk
        when {
            atRisk == null -> if (!state.isLoading) item { InfoCard { Stays() } }
            atRisk.isConnected -> riskItems(atRisk, state.isSending, onEvent)
            else -> item { Notice(text = stringResource(R.string.erase_lost), tone = Tone.WARNING) }
        }
        if (state.isErasing || state.isLoading) item { BusyIndicator() }
    }
}

/** What stays elsewhere, what is lost all the same, and what brings back the rest. */
private fun LazyListScope.riskItems(atRisk: AtRisk, isSending: Boolean, onEvent: (EraseEvent) -> Unit) {
    if (atRisk.decisions > 0) {
        item { UnsentNotice(text = counted(R.plurals.todo_send_decisions, atRisk.decisions), isSending = isSending, onEvent = onEvent) }
    }
    if (atRisk.records > 0) {
        item {
            val text = counted(R.plurals.todo_send_records, atRisk.records)
            if (atRisk.decisions > 0) {
                // One button sends both.
                Notice(text = text, tone = Tone.WARNING)
            } else {
                UnsentNotice(text = text, isSending = isSending, onEvent = onEvent)
            }
        }
    }
    if (!atRisk.areWordsChecked) item { Notice(text = stringResource(R.string.todo_check_words), tone = Tone.WARNING) }
    item {
        InfoCard {
            Stays()
            SecondaryText(text = stringResource(R.string.erase_end_first))
            LabeledText(label = stringResource(R.string.erase_back_title), text = stringResource(R.string.erase_back))
        }
    }
}

@Composable
private fun Stays(modifier: Modifier = Modifier) =
    LabeledText(label = stringResource(R.string.erase_stays_title), text = stringResource(R.string.erase_stays), modifier = modifier)

@Composable
private fun UnsentNotice(text: String, isSending: Boolean, onEvent: (EraseEvent) -> Unit, modifier: Modifier = Modifier) {
    Notice(text = text, tone = Tone.WARNING, modifier = modifier) {
        NoticeButton(
            text = stringResource(if (isSending) R.string.todo_sending else R.string.todo_send_action),
            onClick = { onEvent(EraseEvent.Send) },
            isEnabled = !isSending,
        )
    }
}
