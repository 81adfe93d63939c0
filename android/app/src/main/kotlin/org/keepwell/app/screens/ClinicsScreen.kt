package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.SearchField
import org.keepwell.app.ui.Title
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.screen.ClinicsEvent
import org.keepwell.wallet.screen.ClinicsState
import org.keepwell.wallet.screen.mayBeGranted

/** Step 1 of granting: which clinic. */
@Composable
fun ClinicsScreen(state: ClinicsState, onBack: () -> Unit, onLock: () -> Unit, onEvent: (ClinicsEvent) -> Unit) {
    Frame(onBack, onLock) {
        item(key = "title") { Title(stringResource(R.string.clinics_title), stringResource(R.string.step, 1)) }
        item(key = "scan") { OtherButton(stringResource(R.string.clinics_scan)) { onEvent(ClinicsEvent.Scan) } }
        item(key = "search") { SearchField(state.search, stringResource(R.string.search_clinics)) { onEvent(ClinicsEvent.Search(it)) } }
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(ClinicsEvent.Retry) } } }
        val found = state.found
        items(found.size, key = { found[it].id.hex }) { index ->
            val clinic = found[index]
            LinkCard(clinic.name, words(clinic.standing), isEnabled = clinic.standing.mayBeGranted) { onEvent(ClinicsEvent.Choose(clinic.id)) }
        }
        if (state.isNothingFound) item { Quiet(stringResource(R.string.clinics_none)) }
        if (state.isLoading) item { Busy() }
    }
}

@Composable
private fun words(standing: ClinicStanding): String? = when (standing) {
    ClinicStanding.LISTED -> null
    ClinicStanding.ACTIVE -> stringResource(R.string.clinic_active)
    ClinicStanding.SUSPENDED -> stringResource(R.string.clinic_suspended)
    ClinicStanding.KEY_CHANGED -> stringResource(R.string.clinic_key_changed)
}
