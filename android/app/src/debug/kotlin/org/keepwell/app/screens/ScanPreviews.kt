package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.screen.CameraPermission
import org.keepwell.wallet.screen.ScanState

@ScreenPreviews
@Composable
internal fun ScanPreview() {
    val state = ScanState(CameraPermission.GRANTED)
    PreviewFrame { ScanScreen(state = state, texts = ScanTexts.CLINIC, onBack = {}, onEvent = {}) {} }
}

@ScreenPreviews
@Composable
internal fun ScanDeniedPreview() {
    val state = ScanState(CameraPermission.DENIED, isOtherCode = true)
    PreviewFrame { ScanScreen(state = state, texts = ScanTexts.CLINIC, onBack = {}, onEvent = {}) {} }
}
