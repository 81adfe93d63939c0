package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep

@ScreenPreviews
@Composable
internal fun SharePreview() {
    val state = ShareScreenState(FakeData.CHOICES, counts = PreviewData.COUNTS)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareSendingPreview() {
    val state = ShareScreenState(FakeData.CHOICES, counts = PreviewData.COUNTS, isBusy = true)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareNothingPreview() {
    val state = ShareScreenState(FakeData.CHOICES, problem = Problem.NothingToShare)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareReviewPreview() {
    val types = mapOf("Patient" to 1L, "AllergyIntolerance" to 1L, "Condition" to 2L, "MedicationRequest" to 2L, "Observation" to 72L)
    val state = ShareScreenState(FakeData.CHOICES, ShareStep.REVIEW, types = types, dangling = 2, withdrawn = 1, remaining = 10.minutes)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareShownPreview() {
    PreviewFrame { ShareScreen(state = SHOWN, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SharePausedPreview() {
    val state = SHOWN.copy(state = ShareState.PAUSED)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareStillOpenPreview() {
    val state = SHOWN.copy(state = ShareState.REVOKED, isStillOpen = true, qrCode = null, remaining = Duration.ZERO)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ShareExpiredPreview() {
    val state = SHOWN.copy(state = ShareState.EXPIRED, qrCode = null, remaining = Duration.ZERO)
    PreviewFrame { ShareScreen(state = state, onLock = {}, onEvent = {}) }
}

private val SHOWN = ShareScreenState(
    FakeData.CHOICES,
    ShareStep.SHOWN,
    counts = PreviewData.COUNTS,
    qrCode = PreviewData.CODE,
    remaining = 8.minutes + 5.seconds,
    openings = listOf(ShareOpening(PreviewData.NOW, "Northside Family Clinic, front desk", opened = true)),
)
