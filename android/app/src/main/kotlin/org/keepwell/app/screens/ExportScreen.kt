package org.keepwell.app.screens

import android.text.format.Formatter
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.StayAwake
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.screen.ExportEvent
import org.keepwell.wallet.screen.ExportState
import org.keepwell.wallet.screen.ExportStep

/** All records in a file: what for and what that means, a place for it, the PIN, and what came of it. [onPlace] asks for a place. */
@Composable
fun ExportScreen(
    state: ExportState,
    onPlace: (kind: ExportKind, fileName: String) -> Unit,
    onRecover: () -> Unit,
    onEvent: (ExportEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        ExportStep.EXPLAIN -> Explain(state = state, onPlace = onPlace, onEvent = onEvent, modifier = modifier)
        ExportStep.PIN -> PinScreen(
            title = stringResource(R.string.export_title),
            body = stringResource(R.string.export_pin),
            action = stringResource(R.string.export_action),
            state = state.pin,
            onBack = { onEvent(ExportEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(ExportEvent.Pin(it)) },
            modifier = modifier,
        )
        ExportStep.WRITING -> Writing(written = state.written, onStop = { onEvent(ExportEvent.Back) }, modifier = modifier)
        ExportStep.DONE -> Written(versions = state.report?.versions ?: 0, onDone = { onEvent(ExportEvent.Back) }, modifier = modifier)
    }
}

@Composable
private fun Explain(
    state: ExportState,
    onPlace: (kind: ExportKind, fileName: String) -> Unit,
    onEvent: (ExportEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ExportEvent.Back) },
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.export_save), onClick = { onPlace(state.kind, state.fileName) }) }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.export_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        state.leftover?.let { leftover -> item { LeftoverNotice(leftover = leftover) } }
        item { Text(text = stringResource(R.string.export_body), style = MaterialTheme.typography.bodyLarge) }
        item { Notice(text = stringResource(R.string.export_unlocked), tone = Tone.WARNING, isSilent = true) }
        item {
            InfoCard(modifier = Modifier.selectableGroup()) {
                KINDS.forEach { (kind, texts) ->
                    RadioRow(
                        text = stringResource(texts.first),
                        isChosen = state.kind == kind,
                        onChoose = { onEvent(ExportEvent.Choose(kind)) },
                        detail = stringResource(texts.second),
                    )
                }
            }
        }
        item { SecondaryText(text = stringResource(R.string.export_without)) }
    }
}

@Composable
private fun LeftoverNotice(leftover: Leftover, modifier: Modifier = Modifier) = when (leftover) {
    Leftover.NOTHING -> Notice(text = stringResource(R.string.export_removed), tone = Tone.INFO, modifier = modifier)
    Leftover.MAYBE_A_PART -> Notice(text = stringResource(R.string.export_left), tone = Tone.WARNING, modifier = modifier)
}

@Composable
private fun Writing(written: Long, onStop: () -> Unit, modifier: Modifier = Modifier) {
    StayAwake(use = Unit)
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { OtherButton(text = stringResource(R.string.stop), onClick = onStop) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.export_writing)) }
        item { BusyIndicator() }
        if (written > 0) {
            item { SecondaryText(text = stringResource(R.string.export_written, Formatter.formatShortFileSize(LocalContext.current, written))) }
        }
        item { SecondaryText(text = stringResource(R.string.export_stay)) }
    }
}

@Composable
private fun Written(versions: Long, onDone: () -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { MainButton(text = stringResource(R.string.done), onClick = onDone) } },
    ) {
        item { ScreenTitle(text = pluralStringResource(R.plurals.export_made, versions.toInt(), versions.toInt())) }
        item { Text(text = stringResource(R.string.export_done), style = MaterialTheme.typography.bodyLarge) }
        item { Notice(text = stringResource(R.string.export_unlocked), tone = Tone.WARNING, isSilent = true) }
    }
}

private val KINDS = listOf(
    ExportKind.HISTORY to (R.string.export_history to R.string.export_history_how),
    ExportKind.RECORDS to (R.string.export_records to R.string.export_records_how),
)
