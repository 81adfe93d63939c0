package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.screen.AccessEvent
import org.keepwell.wallet.screen.AccessState

/** Who has access, and the way to end it. */
@Composable
fun AccessScreen(state: AccessState, onLock: () -> Unit, onEvent: (AccessEvent) -> Unit) {
    ScreenFrame(
        onLock = onLock,
        bottom = { BottomBar { MainButton(stringResource(R.string.access_new)) { onEvent(AccessEvent.New) } } },
    ) {
        item(key = "title") { ScreenTitle(stringResource(R.string.access_title)) }
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(AccessEvent.Retry) } } }
        if (state.isQueued) item { Notice(stringResource(R.string.access_queued), Tone.WARNING) }
        val inForce = state.inForce
        val ended = state.ended
        items(inForce.size, key = { inForce[it].id.hex }) { index -> GrantInForce(inForce[index]) { onEvent(AccessEvent.AskRevoke(inForce[index].id)) } }
        if (state.isLoading) {
            item { BusyIndicator() }
        } else if (inForce.isEmpty() && ended.none { it.isStillOpen }) {
            item { SecondaryText(stringResource(R.string.access_none)) }
        }
        if (ended.isNotEmpty()) item(key = "ended") { SectionHeading(stringResource(R.string.access_ended)) }
        items(ended.size, key = { ended[it].id.hex }) { index -> EndedGrant(ended[index]) }
    }
    state.asking?.let { RevokeDialog(it, onEvent) }
}

@Composable
private fun GrantInForce(grant: Grant, onRevoke: () -> Unit) {
    InfoCard {
        Text(grant.clinic, Modifier.semantics { heading() }, style = MaterialTheme.typography.titleMedium)
        IconText(if (grant.state == GrantState.ACTIVE) R.drawable.ic_check else R.drawable.ic_log, label(grant), MaterialTheme.colorScheme.primary)
        if (!grant.delivered) IconText(R.drawable.ic_info, stringResource(R.string.state_undelivered))
        Text(grant.categories.map { label(it) }.joinToString(" · "), style = MaterialTheme.typography.bodyMedium)
        SecondaryText(label(grant.purpose) + " · " + stringResource(R.string.access_until, day(grant.notAfter)))
        MatchCode(grant.matchCode)
        QuietButton(stringResource(R.string.access_revoke), stringResource(R.string.access_revoke_of, grant.clinic), onRevoke)
    }
}

@Composable
private fun EndedGrant(grant: Grant) {
    InfoCard {
        Text(grant.clinic, style = MaterialTheme.typography.titleMedium)
        if (grant.isStillOpen) IconText(R.drawable.ic_warning, label(grant), MaterialTheme.colorScheme.error) else SecondaryText(label(grant))
    }
}

@Composable
private fun RevokeDialog(grant: Grant, onEvent: (AccessEvent) -> Unit) {
    AlertDialog(
        onDismissRequest = { onEvent(AccessEvent.KeepAccess) },
        title = { Text(stringResource(R.string.revoke_title, grant.clinic), Modifier.semantics { heading() }) },
        text = {
            Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(12.dp)) {
                IconText(R.drawable.ic_check, stringResource(R.string.revoke_can), MaterialTheme.colorScheme.primary)
                IconText(R.drawable.ic_info, stringResource(R.string.revoke_cannot))
            }
        },
        confirmButton = { QuietButton(stringResource(R.string.revoke_confirm)) { onEvent(AccessEvent.ConfirmRevoke) } },
        dismissButton = { QuietButton(stringResource(R.string.revoke_keep)) { onEvent(AccessEvent.KeepAccess) } },
    )
}

@Composable
private fun label(grant: Grant): String = when (grant.state) {
    GrantState.PENDING -> stringResource(R.string.state_pending)
    GrantState.ACTIVE -> stringResource(R.string.state_active)
    GrantState.EXPIRED -> stringResource(R.string.state_expired, day(grant.notAfter))
    GrantState.REVOKING -> stringResource(if (grant.isStillOpen) R.string.state_still_open else R.string.state_stopped_by_host)
    GrantState.REVOKED -> stringResource(R.string.state_revoked, day(grant.since))
}
