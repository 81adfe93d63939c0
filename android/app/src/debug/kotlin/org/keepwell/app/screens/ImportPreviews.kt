package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import java.time.Instant
import org.keepwell.wallet.model.FoundPerson
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportNotice
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.screen.ImportState
import org.keepwell.wallet.screen.ImportStep

@Composable
private fun Shown(state: ImportState) {
    PreviewFrame { ImportScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ImportPreview() {
    Shown(state = ImportState(fileName = "springfield-health-2026.json", size = 8_400_000))
}

@ScreenPreviews
@Composable
internal fun ImportUnreadablePreview() {
    Shown(state = ImportState(fileName = "holiday.mov", size = 2_100_000_000, problem = Problem.FileUnreadable("InvalidJson")))
}

@ScreenPreviews
@Composable
internal fun ImportLinkPreview() {
    Shown(state = ImportState(link = LINK))
}

@ScreenPreviews
@Composable
internal fun ImportLinkPasscodePreview() {
    val link = LINK.copy(needsPasscode = true)
    Shown(state = ImportState(link = link, isLinkOver = true, passcode = "4821", problem = Problem.WrongPasscode(2)))
}

@ScreenPreviews
@Composable
internal fun ImportLinkUnreadablePreview() {
    Shown(state = ImportState(problem = Problem.LinkUnsafe("LinkAddress")))
}

@ScreenPreviews
@Composable
internal fun ImportReadingPreview() {
    Shown(state = ImportState(ImportStep.READING, size = 8_400_000, read = 3_100_000))
}

@ScreenPreviews
@Composable
internal fun ImportPeoplePreview() {
    val people = listOf(
        FoundPerson(1, "Ana Lucía Ortega", "1974-03-09", records = 82, isOwner = true),
        FoundPerson(2, "Tomás Ortega", "2011-05-30", records = 14, isOwner = false),
        FoundPerson(3, null, null, records = 1, isOwner = false),
    )
    Shown(state = ImportState(ImportStep.WHO_IS_IT, people = people))
}

@ScreenPreviews
@Composable
internal fun ImportReportPreview() {
    Shown(state = ImportState(ImportStep.REPORT, report = REPORT))
}

@ScreenPreviews
@Composable
internal fun ImportNothingPreview() {
    val report = ImportReport(null, added = 0, updated = 0, known = 82, ofOthers = 0, setAside = emptyList(), notices = emptyList())
    Shown(state = ImportState(ImportStep.REPORT, report = report))
}

@ScreenPreviews
@Composable
internal fun ImportUndoPreview() {
    val reach = ImportReach(records = 82, clinics = listOf("Northside Family Clinic"), shares = 1, setAside = 2)
    Shown(state = ImportState(ImportStep.REPORT, report = REPORT, undoing = reach))
}

@ScreenPreviews
@Composable
internal fun ImportUndonePreview() {
    Shown(state = ImportState(ImportStep.REPORT, report = REPORT.copy(setAside = emptyList()), undone = UndoReport(removed = 82, restored = 0)))
}

private val LINK = LinkPreview(
    server = "share.springfield-general.example",
    label = "Visit summary for Ana Lucía Ortega",
    expires = Instant.parse("2026-11-22T18:00:00Z"),
    needsPasscode = false,
)

private val REPORT = ImportReport(
    id = ImportId("1"),
    added = 82,
    updated = 3,
    known = 1,
    ofOthers = 14,
    setAside = listOf(SetAsideKind.DOCUMENT, SetAsideKind.PICTURE),
    notices = listOf(ImportNotice.PageMissing),
)
