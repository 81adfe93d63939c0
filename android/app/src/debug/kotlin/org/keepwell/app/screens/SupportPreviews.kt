package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.minutes
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.screen.SupportState

@ScreenPreviews
@Composable
internal fun SupportPreview() {
    val state = SupportState(isConnected = true, unsent = 2, hasBiometrics = false, autoLock = AutoLock(5.minutes, 1.minutes), isLoading = false)
    PreviewFrame { SupportScreen(state = state, phone = PreviewPhone(), onBack = {}) }
}

@ScreenPreviews
@Composable
internal fun SupportLoadingPreview() {
    PreviewFrame { SupportScreen(state = SupportState(), phone = PreviewPhone(), onBack = {}) }
}
