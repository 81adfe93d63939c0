package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.MissingKind
import org.keepwell.wallet.model.MissingPart
import org.keepwell.wallet.model.RestoreProgress
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.screen.StartState
import org.keepwell.wallet.screen.StartStep

@ScreenPreviews
@Composable
internal fun StartedPreview() {
    val state = StartState(path = listOf(StartStep.DONE), areWordsChecked = true, isConnected = true)
    PreviewFrame { StartedScreen(state = state, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun StartedBiometricsPreview() {
    val state = StartState(path = listOf(StartStep.DONE), hasProof = true, areWordsChecked = true, isConnected = true)
    PreviewFrame { StartedScreen(state = state, onEvent = {}, offersBiometrics = true) }
}

@ScreenPreviews
@Composable
internal fun StartedBiometricsOnPreview() {
    val state = StartState(path = listOf(StartStep.DONE), areWordsChecked = true, isConnected = true, hasBiometrics = true)
    PreviewFrame { StartedScreen(state = state, onEvent = {}, offersBiometrics = true) }
}

@ScreenPreviews
@Composable
internal fun StartedLaterPreview() {
    PreviewFrame { StartedScreen(state = StartState(path = listOf(StartStep.DONE)), onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun StartedRestoringPreview() {
    val state = StartState(path = listOf(StartStep.RESTORING), progress = RestoreProgress(bytes = 640, total = 1_000))
    PreviewFrame { StartedScreen(state = state, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun StartedRestoredPreview() {
    val report = RestoreReport(records = 1_005, grants = 2, shares = 1, asOf = PreviewData.NOW, missing = emptyList())
    PreviewFrame { StartedScreen(state = StartState(path = listOf(StartStep.REPORT), report = report), onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun StartedMissingPreview() {
    val missing = listOf(
        MissingPart(MissingKind.RECORDS, 2, Category.RESULTS), MissingPart(MissingKind.UNPROVED_GRANTS, 1), MissingPart(MissingKind.MAYBE_OLDER, 1),
    )
    val report = RestoreReport(records = 1_003, grants = 2, shares = 0, asOf = PreviewData.NOW, missing = missing)
    PreviewFrame { StartedScreen(state = StartState(path = listOf(StartStep.REPORT), report = report), onEvent = {}) }
}
