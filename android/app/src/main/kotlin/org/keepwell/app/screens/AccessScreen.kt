package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.OfflineNotice
import org.keepwell.app.ui.OpenGrantCard
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RevokeDialog
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.earlierGrantLabel
import org.keepwell.app.ui.grantLabel
import org.keepwell.wallet.screen.AccessEvent
import org.keepwell.wallet.screen.AccessState

/** Who has access, and the way to end it; [onTellMe] is there where the person may yet allow to be told later. */
@Composable
fun AccessScreen(
    state: AccessState,
    onLock: () -> Unit,
    onEvent: (AccessEvent) -> Unit,
    modifier: Modifier = Modifier,
    onTellMe: (() -> Unit)? = null,
) {
    ScreenFrame(
        modifier = modifier,
        onLock = onLock,
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.access_new), onClick = { onEvent(AccessEvent.New) }) }
        },
    ) {
        item(key = "title") { ScreenTitle(text = stringResource(R.string.access_title)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(AccessEvent.Retry) }) }
        }
        if (state.isOffline) item { OfflineNotice(isUnsent = state.unsent > 0, onRetry = { onEvent(AccessEvent.Retry) }, onTellMe = onTellMe) }
        if (state.openCodes > 0) {
            item(key = "codes") {
                LinkCard(
                    title = pluralStringResource(R.plurals.access_codes, state.openCodes, state.openCodes),
                    onClick = { onEvent(AccessEvent.OpenCodes) },
                )
            }
        }
        val open = state.open
        val ended = state.ended
        items(count = open.size, key = { open[it].id.hex }) { index ->
            val grant = open[index]
            OpenGrantCard(
                grant = grant,
                onOpen = { onEvent(AccessEvent.OpenClinic(grant.clinic)) },
                onExtend = { onEvent(AccessEvent.Extend(grant.id)) },
                onRevoke = { onEvent(AccessEvent.AskRevoke(grant.id)) },
            )
        }
        if (state.isLoading) item { BusyIndicator() }
        if (state.hasNobody) item { SecondaryText(text = stringResource(R.string.access_none)) }
        if (ended.isNotEmpty()) item(key = "ended") { SectionHeading(text = stringResource(R.string.access_ended)) }
        items(count = ended.size, key = { ended[it].id.hex }) { index ->
            val grant = ended[index]
            val isEarlier = state.hasAnother(grant)
            LinkCard(
                title = if (isEarlier) stringResource(R.string.access_earlier_of, grant.clinicName) else grant.clinicName,
                onClick = { onEvent(AccessEvent.OpenClinic(grant.clinic)) },
                detail = if (isEarlier) earlierGrantLabel(grant) else grantLabel(grant),
            )
        }
    }
    state.asking?.let {
        RevokeDialog(
            title = stringResource(R.string.revoke_title, it.clinicName),
            action = stringResource(R.string.access_revoke),
            onRevoke = { onEvent(AccessEvent.ConfirmRevoke) },
            onKeep = { onEvent(AccessEvent.KeepAccess) },
        )
    }
}
