package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.CameraPermission
import org.keepwell.wallet.screen.ConnectionState

@Composable
private fun Shown(state: ConnectionState, isRestoring: Boolean = false, isBusy: Boolean = false) {
    PreviewFrame {
        ConnectionScreen(state = state, isRestoring = isRestoring, isBusy = isBusy, askForCamera = {}, onEvent = {}) {}
    }
}

@ScreenPreviews
@Composable
internal fun ConnectionPreview() {
    Shown(state = ConnectionState(names = NAMES))
}

@ScreenPreviews
@Composable
internal fun ConnectionOfflinePreview() {
    Shown(state = ConnectionState(names = NAMES, problem = Problem.Offline))
}

@ScreenPreviews
@Composable
internal fun ConnectionBusyPreview() {
    Shown(state = ConnectionState(names = NAMES), isBusy = true)
}

@ScreenPreviews
@Composable
internal fun ConnectionFromCodePreview() {
    Shown(state = ConnectionState(names = NAMES.copy(isDemonstration = true), isFromCode = true))
}

@ScreenPreviews
@Composable
internal fun ConnectionRestorePreview() {
    Shown(state = ConnectionState(names = NAMES, mayWait = false), isRestoring = true)
}

@ScreenPreviews
@Composable
internal fun ConnectionUnknownPreview() {
    Shown(state = ConnectionState(mayWait = false), isRestoring = true)
}

@ScreenPreviews
@Composable
internal fun ConnectionScanPreview() {
    Shown(state = ConnectionState(isScanning = true, permission = CameraPermission.GRANTED, problem = Problem.ConnectionUnreadable))
}

private val NAMES = ConnectionNames(
    host = "records.springfield.example",
    ledger = "ledger.springfield.example",
    fingerprint = "0a1b 2c3d 4e5f 6071 8293",
    isDemonstration = false,
)
