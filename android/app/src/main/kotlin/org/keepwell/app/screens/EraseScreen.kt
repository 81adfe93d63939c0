package org.keepwell.app.screens

import androidx.compose.material3.AlertDialog
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
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.EraseEvent
import org.keepwell.wallet.screen.EraseState
import org.keepwell.wallet.screen.EraseStep

/** Everything gone from this phone: what stays elsewhere, what brings it back, and the PIN; or, without one, a question more. */
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
        AlertDialog(
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
        onBack = { onEvent(EraseEvent.Back) },
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(if (state.isForgotten) R.string.erase_action else R.string.next),
                    onClick = { onEvent(EraseEvent.Next) },
                    isEnabled = !state.isErasing,
                    isDangerous = state.isForgotten,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(if (state.isForgotten) R.string.erase_forgotten_title else R.string.erase_title)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem) }
        }
        if (state.isForgotten) {
            item { Text(text = stringResource(R.string.erase_forgotten), style = MaterialTheme.typography.bodyLarge) }
            item { Notice(text = stringResource(R.string.erase_look_first), tone = Tone.INFO) }
        }
        item { Text(text = stringResource(R.string.erase_body), style = MaterialTheme.typography.bodyLarge) }
        if (state.isOnlyHere == true) {
            item { Notice(text = stringResource(R.string.erase_lost), tone = Tone.WARNING) }
        } else {
            item {
                InfoCard {
                    LabeledText(label = stringResource(R.string.erase_stays_title), text = stringResource(R.string.erase_stays))
                    if (!state.isForgotten) SecondaryText(text = stringResource(R.string.erase_end_first))
                    LabeledText(label = stringResource(R.string.erase_back_title), text = stringResource(R.string.erase_back))
                }
            }
        }
        if (state.isErasing) item { BusyIndicator() }
    }
}
