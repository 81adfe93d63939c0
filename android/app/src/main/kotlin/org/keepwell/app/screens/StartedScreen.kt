package org.keepwell.app.screens

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordCount
import org.keepwell.wallet.model.MissingKind
import org.keepwell.wallet.model.MissingPart
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.screen.StartEvent
import org.keepwell.wallet.screen.StartState
import org.keepwell.wallet.screen.StartStep

/** The end of the first launch: a new wallet is ready, or one is coming back and then has come back. [offersBiometrics] where the phone knows a finger or a face. */
@Composable
fun StartedScreen(state: StartState, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier, offersBiometrics: Boolean = false) {
    val report = state.report
    when {
        state.step == StartStep.RESTORING -> Restoring(state = state, onEvent = onEvent, modifier = modifier)
        report != null -> Restored(state = state, report = report, offersBiometrics = offersBiometrics, onEvent = onEvent, modifier = modifier)
        else -> Ready(state = state, offersBiometrics = offersBiometrics, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Restoring(state: StartState, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { OtherButton(text = stringResource(R.string.stop), onClick = { onEvent(StartEvent.Back) }) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.restoring_title)) }
        item { SecondaryText(text = stringResource(R.string.restoring_body)) }
        val progress = state.progress
        if (progress == null) {
            item { BusyIndicator() }
        } else {
            item { LinearProgressIndicator(progress = { progress.share }, modifier = Modifier.fillMaxWidth()) }
            item { SecondaryText(text = stringResource(R.string.restoring_percent, (progress.share * 100).toInt())) }
        }
    }
}

@Composable
private fun Restored(
    state: StartState,
    report: RestoreReport,
    offersBiometrics: Boolean,
    onEvent: (StartEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.repeat_pin_action),
                    onClick = { onEvent(StartEvent.Next) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.restored_title)) }
        item {
            InfoCard {
                Text(text = recordCount(report.records), style = MaterialTheme.typography.titleMedium)
                SecondaryText(text = stringResource(R.string.restored_as_of, day(report.asOf)))
                if (report.grants > 0) SecondaryText(text = stringResource(R.string.restored_grants, report.grants.toInt()))
                if (report.shares > 0) SecondaryText(text = stringResource(R.string.restored_shares, report.shares.toInt()))
            }
        }
        if (report.missing.isEmpty()) {
            item { IconText(icon = R.drawable.ic_check, text = stringResource(R.string.restored_all)) }
        } else {
            item {
                Notice(text = stringResource(R.string.restored_missing), tone = Tone.WARNING) {
                    report.missing.forEach { Text(text = label(it), style = MaterialTheme.typography.bodyMedium) }
                }
            }
        }
        if (offersBiometrics && (state.hasProof || state.hasBiometrics)) item { BiometricsOffer(state = state, onUse = { onEvent(StartEvent.UseBiometrics) }) }
    }
}

@Composable
private fun Ready(state: StartState, offersBiometrics: Boolean, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.repeat_pin_action),
                    onClick = { onEvent(StartEvent.Next) },
                    isEnabled = !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.done_title)) }
        item { Text(text = stringResource(R.string.done_body), style = MaterialTheme.typography.bodyLarge) }
        if (offersBiometrics && (state.hasProof || state.hasBiometrics)) item { BiometricsOffer(state = state, onUse = { onEvent(StartEvent.UseBiometrics) }) }
        if (!state.areWordsChecked) item { Notice(text = stringResource(R.string.todo_check_words), tone = Tone.WARNING) }
        if (!state.isConnected) item { Notice(text = stringResource(R.string.todo_connect), tone = Tone.INFO) }
    }
}

/** A finger or a face in place of the PIN, where the person wants that. */
@Composable
private fun BiometricsOffer(state: StartState, onUse: () -> Unit, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = stringResource(R.string.biometrics_title), style = MaterialTheme.typography.titleMedium)
        if (state.hasBiometrics) {
            IconText(icon = R.drawable.ic_check, text = stringResource(R.string.biometrics_is_on))
        } else {
            Text(text = stringResource(R.string.biometrics_body), style = MaterialTheme.typography.bodyMedium)
            SecondaryText(text = stringResource(R.string.biometrics_others))
            when (val problem = state.problem) {
                null -> Unit
                Problem.DeviceKeyRefused -> Notice(text = stringResource(R.string.problem_biometrics_refused), tone = Tone.ERROR)
                else -> ProblemNotice(problem = problem)
            }
            OtherButton(text = stringResource(R.string.biometrics_enable), onClick = onUse, isEnabled = !state.isBusy)
        }
    }
}

/** What is not back, in plain words. */
@Composable
private fun label(part: MissingPart): String {
    val count = part.count.toInt()
    val category = part.category
    return when (part.kind) {
        MissingKind.RECORDS ->
            if (category == null) {
                pluralStringResource(R.plurals.missing_records, count, count)
            } else {
                pluralStringResource(R.plurals.missing_records_of, count, count, label(category))
            }
        MissingKind.NEEDS_UPDATE -> pluralStringResource(R.plurals.missing_needs_update, count, count)
        MissingKind.OWN_NOTES -> pluralStringResource(R.plurals.missing_own_notes, count, count)
        MissingKind.UNKNOWN_GRANTS -> pluralStringResource(R.plurals.missing_unknown_grants, count, count)
        MissingKind.UNPROVED_GRANTS -> pluralStringResource(R.plurals.missing_unproved_grants, count, count)
        MissingKind.MAYBE_OLDER -> stringResource(R.string.missing_maybe_older)
    }
}
