package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.OfflineNotice
import org.keepwell.app.ui.OpenGrantCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RevokeDialog
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.counted
import org.keepwell.app.ui.dayAndTime
import org.keepwell.app.ui.grantLabel
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.screen.ClinicEvent
import org.keepwell.wallet.screen.ClinicState

/** One clinic: how it stands, what it may see, what it did, and what it may still hold. */
@Composable
fun ClinicScreen(
    state: ClinicState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (ClinicEvent) -> Unit,
    modifier: Modifier = Modifier,
    onTellMe: (() -> Unit)? = null,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        onLock = onLock,
        bottomBar = {
            if (state.canGive) {
                BottomBar { MainButton(text = stringResource(R.string.confirm_action), onClick = { onEvent(ClinicEvent.GiveAccess) }) }
            }
        },
    ) {
        val clinic = state.clinic
        if (clinic != null) item(key = "title") { ScreenTitle(text = clinic.name) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(ClinicEvent.Retry) }) }
        }
        if (state.isOffline) item { OfflineNotice(isUnsent = state.unsent > 0, onRetry = { onEvent(ClinicEvent.Retry) }, onTellMe = onTellMe) }
        state.blocked?.let { problem -> item(key = "blocked") { ProblemNotice(problem = problem) } }
        if (clinic != null) {
            if (state.blocked == null) {
                item(key = "clinic") { ClinicCard(clinic = clinic, isProved = state.isProved, isLoading = state.isLoading) }
            } else {
                clinic.place?.let { place -> item(key = "clinic") { InfoCard { Text(text = place, style = MaterialTheme.typography.bodyLarge) } } }
            }
            accessItems(state, onEvent)
            doneItems(state, onEvent)
        }
        if (state.isLoading) item { BusyIndicator() }
    }
    if (state.asking.isNotEmpty()) RevokeQuestion(state = state, onEvent = onEvent)
}

/** Where it is, and whether that was proved now or only said. */
@Composable
private fun ClinicCard(clinic: Clinic, isProved: Boolean, isLoading: Boolean, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        clinic.place?.let { Text(text = it, style = MaterialTheme.typography.bodyLarge) }
        if (isProved) {
            IconText(icon = R.drawable.ic_check, text = stringResource(R.string.clinic_proved), tint = MaterialTheme.colorScheme.primary)
        } else {
            IconText(icon = R.drawable.ic_info, text = stringResource(if (isLoading) R.string.clinic_checking else R.string.clinic_said))
        }
    }
}

/** What it may see, and what it may see no more. */
private fun LazyListScope.accessItems(state: ClinicState, onEvent: (ClinicEvent) -> Unit) {
    val open = state.open
    item(key = "open") { SectionHeading(text = stringResource(R.string.clinic_access)) }
    if (state.blocked != null && state.inForce.isNotEmpty()) {
        item(key = "goes on") { SecondaryText(text = stringResource(R.string.clinic_goes_on)) }
    }
    if (open.isEmpty()) item(key = "none") { SecondaryText(text = stringResource(R.string.clinic_access_none)) }
    items(count = open.size, key = { open[it].id.hex }) { index ->
        OpenGrantCard(
            grant = open[index],
            // Nothing new is given to one that may not be given access.
            onExtend = { onEvent(ClinicEvent.Extend(open[index].id)) }.takeIf { state.canGive },
            onRevoke = { onEvent(ClinicEvent.AskRevoke(open[index].id)) },
        )
    }
    if (state.inForce.size > 1) {
        item(key = "all") { OtherButton(text = stringResource(R.string.clinic_end_all), onClick = { onEvent(ClinicEvent.AskRevokeAll) }) }
    }
    val ended = state.ended
    if (ended.isEmpty()) return
    item(key = "ended") { SectionHeading(text = stringResource(R.string.access_ended)) }
    items(count = ended.size, key = { ended[it].id.hex }) { index -> EndedGrant(grant = ended[index], held = state.recordsRead[ended[index].id]) }
}

/** An access that is over, and what the clinic may still hold of what it read under it: nothing takes that back. */
@Composable
private fun EndedGrant(grant: Grant, held: Long?, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = grantLabel(grant), style = MaterialTheme.typography.bodyLarge)
        SecondaryText(text = grant.categories.map { label(it) }.joinToString(" · ") + " · " + label(grant.purpose))
        val text = when (held) {
            null -> stringResource(R.string.revoke_cannot)
            0L -> stringResource(R.string.clinic_held_none)
            else -> counted(R.plurals.clinic_held, held)
        }
        IconText(icon = R.drawable.ic_info, text = text)
    }
}

/** What it did, newest first. */
private fun LazyListScope.doneItems(state: ClinicState, onEvent: (ClinicEvent) -> Unit) {
    val entries = state.entries ?: return
    item(key = "done") { SectionHeading(text = stringResource(R.string.log_title)) }
    if (state.isOwnOnly) item(key = "own") { SecondaryText(text = stringResource(R.string.log_own_only)) }
    if (entries.isEmpty()) {
        if (!state.isOwnOnly) item(key = "nothing") { SecondaryText(text = stringResource(R.string.log_none)) }
        return
    }
    item(key = "entries") {
        InfoCard { state.shownEntries.forEach { LabeledText(label = dayAndTime(it.time), text = label(it)) } }
    }
    val more = entries.size - state.shownEntries.size
    if (more > 0) {
        item(key = "more") {
            OtherButton(text = pluralStringResource(R.plurals.review_more, more, more), onClick = { onEvent(ClinicEvent.ShowAllEntries) })
        }
    }
}

@Composable
private fun RevokeQuestion(state: ClinicState, onEvent: (ClinicEvent) -> Unit, modifier: Modifier = Modifier) {
    val isAll = state.asking.size > 1
    RevokeDialog(
        title = stringResource(if (isAll) R.string.revoke_all_title else R.string.revoke_title, state.clinic?.name.orEmpty()),
        action = stringResource(if (isAll) R.string.clinic_end_all else R.string.access_revoke),
        onRevoke = { onEvent(ClinicEvent.ConfirmRevoke) },
        onKeep = { onEvent(ClinicEvent.KeepAccess) },
        modifier = modifier,
    )
}
