package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.screen.ConnectionEvent
import org.keepwell.wallet.screen.ConnectionState
import org.keepwell.wallet.screen.ScanEvent
import org.keepwell.wallet.screen.ScanState

/** Who is to keep the locked copy: asked about by name, or looked for with the camera. */
@Composable
fun ConnectionScreen(
    state: ConnectionState,
    isRestoring: Boolean,
    isBusy: Boolean,
    askForCamera: () -> Unit,
    onEvent: (ConnectionEvent) -> Unit,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    if (!state.isScanning) {
        ConnectionQuestion(state = state, isRestoring = isRestoring, isBusy = isBusy, onEvent = onEvent, modifier = modifier)
        return
    }
    LaunchedEffect(Unit) { askForCamera() }
    ScanScreen(
        state = ScanState(permission = state.permission, isOtherCode = state.problem != null),
        texts = ScanTexts.CONNECTION,
        onBack = { onEvent(ConnectionEvent.Back) },
        onEvent = { if (it is ScanEvent.Read) onEvent(ConnectionEvent.Read(it.text)) },
        modifier = modifier,
        camera = camera,
    )
}

@Composable
private fun ConnectionQuestion(
    state: ConnectionState,
    isRestoring: Boolean,
    isBusy: Boolean,
    onEvent: (ConnectionEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    val names = state.names
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ConnectionEvent.Back) }.takeUnless { isBusy },
        bottomBar = {
            BottomBar {
                if (names == null) {
                    MainButton(text = stringResource(R.string.add_code), onClick = { onEvent(ConnectionEvent.Scan) })
                } else {
                    val action = if (isRestoring) R.string.connect_restore_action else R.string.connect_action
                    MainButton(text = stringResource(action), onClick = { onEvent(ConnectionEvent.Accept) }, isEnabled = !isBusy)
                }
                if (state.mayWait) {
                    OtherButton(text = stringResource(R.string.connect_later), onClick = { onEvent(ConnectionEvent.Later) }, isEnabled = !isBusy)
                }
            }
        },
    ) {
        item {
            val title = if (names == null) stringResource(R.string.connect_no_place_title) else stringResource(R.string.connect_question, names.host)
            ScreenTitle(text = title)
        }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item {
            val body = when {
                names == null -> stringResource(R.string.connect_scan_body)
                isRestoring -> stringResource(R.string.connect_restore_body, names.host)
                else -> stringResource(R.string.connect_body, names.host)
            }
            Text(text = body, style = MaterialTheme.typography.bodyLarge)
        }
        if (names != null && state.isFromCode) item { WhatToCompare(names = names) }
        if (names?.isDemonstration == true) item { Notice(text = stringResource(R.string.connect_demonstration), tone = Tone.WARNING) }
        if (isBusy) item { BusyIndicator() }
        if (names != null && !isBusy) {
            item { OtherButton(text = stringResource(R.string.connect_other_code), onClick = { onEvent(ConnectionEvent.Scan) }) }
        }
    }
}

/** Anybody can make a code, also one with a well-known name in it: the person compares all that it says. */
@Composable
private fun WhatToCompare(names: ConnectionNames, modifier: Modifier = Modifier) {
    Notice(text = stringResource(R.string.connect_from_code), tone = Tone.WARNING, modifier = modifier) {
        LabeledText(label = stringResource(R.string.connect_told_host), text = names.host)
        LabeledText(label = stringResource(R.string.connect_told_ledger), text = names.ledger)
        LabeledText(label = stringResource(R.string.connect_told_check), text = names.fingerprint)
    }
}
