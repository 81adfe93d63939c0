package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.ClinicsState

@ScreenPreviews
@Composable
internal fun ClinicsPreview() {
    val state = ClinicsState(clinics = FakeData.clinics, isLoading = false)
    PreviewFrame { ClinicsScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicsLoadingPreview() {
    val state = ClinicsState()
    PreviewFrame { ClinicsScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicsNonePreview() {
    val state = ClinicsState(search = "Eastside", isLoading = false)
    PreviewFrame { ClinicsScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicsOfflinePreview() {
    val state = ClinicsState(isLoading = false, problem = Problem.Offline)
    PreviewFrame { ClinicsScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}
