package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.label
import org.keepwell.wallet.screen.PrintEvent
import org.keepwell.wallet.screen.PrintState
import org.keepwell.wallet.screen.PrintStep

/** Records on paper: which, the PIN, and the phone's own printing, which [onPrint] opens. */
@Composable
fun PrintScreen(
    state: PrintState,
    onPrint: (pdf: ByteArray) -> Unit,
    onRecover: () -> Unit,
    onEvent: (PrintEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        PrintStep.CHOOSE -> Choose(state = state, onEvent = onEvent, modifier = modifier)
        PrintStep.PIN -> PinScreen(
            title = stringResource(R.string.print_title),
            body = stringResource(R.string.print_pin),
            action = stringResource(R.string.print_make),
            state = state.pin,
            onBack = { onEvent(PrintEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(PrintEvent.Pin(it)) },
            modifier = modifier,
        )
        PrintStep.READY -> Ready(state = state, onPrint = onPrint, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Choose(state: PrintState, onEvent: (PrintEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(PrintEvent.Back) },
        bottomBar = { BottomBar { MainButton(text = stringResource(R.string.next), onClick = { onEvent(PrintEvent.Next) }) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.print_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item { Text(text = stringResource(R.string.print_body), style = MaterialTheme.typography.bodyLarge) }
        item { Notice(text = stringResource(R.string.print_unlocked), tone = Tone.WARNING, isSilent = true) }
        item { SectionHeading(text = stringResource(R.string.print_what)) }
        item {
            InfoCard {
                RadioRow(
                    text = stringResource(R.string.share_check_in),
                    isChosen = state.categories.isEmpty(),
                    onChoose = { onEvent(PrintEvent.CheckInSet) },
                    detail = stringResource(R.string.share_check_in_body),
                )
                state.counts.forEach { (category, count) ->
                    TickRow(
                        text = label(category),
                        isTicked = category in state.categories,
                        onToggle = { onEvent(PrintEvent.Toggle(category)) },
                        trailing = count.toString(),
                    )
                }
            }
        }
    }
}

@Composable
private fun Ready(state: PrintState, onPrint: (pdf: ByteArray) -> Unit, onEvent: (PrintEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(PrintEvent.Back) },
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.print_action),
                    onClick = { state.printout?.let { onPrint(it.expose()) } },
                    isEnabled = state.printout != null,
                )
                OtherButton(text = stringResource(R.string.done), onClick = { onEvent(PrintEvent.Back) })
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.print_ready)) }
        item { Text(text = stringResource(R.string.print_ready_body), style = MaterialTheme.typography.bodyLarge) }
        item { Notice(text = stringResource(R.string.print_unlocked), tone = Tone.WARNING, isSilent = true) }
    }
}
