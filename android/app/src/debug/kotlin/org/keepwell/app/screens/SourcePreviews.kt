package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.MissingReason
import org.keepwell.wallet.model.MissingRecords
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.SourceState
import org.keepwell.wallet.screen.SourceStep

@Composable
private fun Shown(state: SourceState) {
    PreviewFrame { SourceScreen(state = state, onLock = {}, onEvent = {}) }
}

private val SPRINGFIELD = PreviewData.source("records.springfield.example")

@ScreenPreviews
@Composable
internal fun SourcePreview() {
    Shown(state = SourceState(source = SPRINGFIELD, isBusy = false))
}

@ScreenPreviews
@Composable
internal fun SourceLoadingPreview() {
    Shown(state = SourceState())
}

@ScreenPreviews
@Composable
internal fun SourceFetchingPreview() {
    Shown(state = SourceState(SourceStep.FETCHING, source = SPRINGFIELD, fetching = "Immunization"))
}

@ScreenPreviews
@Composable
internal fun SourceFetchedPreview() {
    val report = ImportReport(ImportId("1"), added = 82, updated = 3, known = 0, ofOthers = 0, setAside = emptyList(), notices = emptyList())
    val missing = listOf(
        MissingRecords("Condition", MissingReason.REFUSED),
        MissingRecords("Encounter", MissingReason.LATER),
        MissingRecords("Flag", MissingReason.LATER),
        MissingRecords("Procedure", MissingReason.UNUSABLE),
        MissingRecords("Observation", MissingReason.IN_PARTS),
    )
    Shown(state = SourceState(SourceStep.FETCHED, source = SPRINGFIELD, report = report, missing = missing, isBusy = false))
}

@ScreenPreviews
@Composable
internal fun SourceSignedOutPreview() {
    Shown(state = SourceState(source = SPRINGFIELD.copy(needsSignIn = true), isBusy = false))
}

@ScreenPreviews
@Composable
internal fun SourceOfOtherPreview() {
    Shown(state = SourceState(source = SPRINGFIELD, isBusy = false, problem = Problem.SourceOfOther("OtherPatient")))
}

@ScreenPreviews
@Composable
internal fun SourceRemovePreview() {
    Shown(state = SourceState(source = SPRINGFIELD, isBusy = false, isAskingToRemove = true))
}

@ScreenPreviews
@Composable
internal fun SourceRemovedPreview() {
    Shown(state = SourceState(SourceStep.REMOVED, source = SPRINGFIELD, isTold = false, isBusy = false))
}
