package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.clinicalDate
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.screen.SignedInEvent
import org.keepwell.wallet.screen.SignedInState

/** What the browser came back with from a clinic's page: being looked at, in vain, or with a question whose records these are. */
@Composable
fun SignedInScreen(state: SignedInState, onLock: () -> Unit, onEvent: (SignedInEvent) -> Unit, modifier: Modifier = Modifier) {
    val person = state.person
    when {
        person != null -> WhoIsIt(state = state, person = person, onLock = onLock, onEvent = onEvent, modifier = modifier)
        state.isBusy -> ScreenFrame(modifier = modifier, onLock = onLock) {
            item { ScreenTitle(text = stringResource(R.string.source_connecting)) }
            item { BusyIndicator() }
        }
        else -> ScreenFrame(
            modifier = modifier,
            onBack = { onEvent(SignedInEvent.Leave) },
            onLock = onLock,
            bottomBar = {
                BottomBar {
                    MainButton(text = stringResource(R.string.source_begin_again), onClick = { onEvent(SignedInEvent.Again) })
                    OtherButton(text = stringResource(R.string.cancel), onClick = { onEvent(SignedInEvent.Leave) })
                }
            },
        ) {
            item { ScreenTitle(text = stringResource(R.string.source_not_connected)) }
            state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        }
    }
}

@Composable
private fun WhoIsIt(
    state: SignedInState,
    person: OtherPerson,
    onLock: () -> Unit,
    onEvent: (SignedInEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(SignedInEvent.Leave) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.source_who_yes),
                    onClick = { onEvent(SignedInEvent.IsMe) },
                    isEnabled = !state.isBusy,
                )
                OtherButton(text = stringResource(R.string.source_who_no), onClick = { onEvent(SignedInEvent.Leave) })
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.source_who_title)) }
        if (state.isBusy) item { BusyIndicator() }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.isInBrowser) item { Notice(text = stringResource(R.string.source_in_browser), tone = Tone.INFO) }
        item {
            InfoCard {
                Text(text = person.name ?: stringResource(R.string.import_person_unnamed), style = MaterialTheme.typography.titleMedium)
                person.birthDate?.let { SecondaryText(text = stringResource(R.string.import_person_born, clinicalDate(it))) }
            }
        }
        item { Text(text = stringResource(R.string.source_who_body), style = MaterialTheme.typography.bodyLarge) }
    }
}
