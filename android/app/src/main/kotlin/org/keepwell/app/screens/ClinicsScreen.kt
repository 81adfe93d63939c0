package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SearchField
import org.keepwell.app.ui.SecondaryText
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.screen.ClinicsEvent
import org.keepwell.wallet.screen.ClinicsState

/** Step 1 of granting: which clinic. */
@Composable
fun ClinicsScreen(
    state: ClinicsState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (ClinicsEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        item(key = "title") {
            ScreenTitle(text = stringResource(R.string.clinics_title), above = stringResource(R.string.step, 1))
        }
        item(key = "scan") {
            OtherButton(text = stringResource(R.string.clinics_scan), onClick = { onEvent(ClinicsEvent.Scan) })
        }
        item(key = "search") {
            SearchField(
                text = state.search,
                label = stringResource(R.string.search_clinics),
                onChange = { onEvent(ClinicsEvent.Search(it)) },
            )
        }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(ClinicsEvent.Retry) }) }
        }
        val found = state.found
        items(count = found.size, key = { found[it].id.hex }) { index ->
            val clinic = found[index]
            LinkCard(
                title = clinic.name,
                onClick = { onEvent(ClinicsEvent.Choose(clinic.id)) },
                detail = label(clinic.standing) ?: clinic.place,
            )
        }
        if (state.isNothingFound) item { SecondaryText(text = stringResource(R.string.clinics_none)) }
        if (state.isLoading) item { BusyIndicator() }
    }
}

@Composable
private fun label(standing: ClinicStanding): String? = when (standing) {
    ClinicStanding.LISTED -> null
    ClinicStanding.ACTIVE -> stringResource(R.string.clinic_active)
    ClinicStanding.SUSPENDED -> stringResource(R.string.clinic_suspended)
    ClinicStanding.KEY_CHANGED -> stringResource(R.string.clinic_key_changed)
}
