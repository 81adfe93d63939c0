package org.keepwell.app.screens

import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.day
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.screen.SourcesEvent
import org.keepwell.wallet.screen.SourcesState

/** The clinics whose records come from their own servers, with the day on which they were fetched last, and the way to one more. */
@Composable
fun SourcesScreen(
    state: SourcesState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (SourcesEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        onLock = onLock,
        bottomBar = { BottomBar { MainButton(text = stringResource(R.string.source_connect), onClick = { onEvent(SourcesEvent.Add) }) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.sources_title)) }
        if (state.isLoading) item { BusyIndicator() }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem, onRetry = { onEvent(SourcesEvent.Retry) }) } }
        if (state.sources.isNotEmpty()) {
            item { SecondaryText(text = stringResource(R.string.sources_body)) }
        } else if (!state.isLoading && state.problem == null) {
            item { Text(text = stringResource(R.string.sources_none)) }
        }
        items(count = state.sources.size, key = { state.sources[it].id.text }) { index ->
            val source = state.sources[index]
            LinkCard(title = source.name, onClick = { onEvent(SourcesEvent.Open(source.id)) }, detail = standing(source))
        }
    }
}

/** What there is to know of a clinic at a glance. */
@Composable
internal fun standing(source: Source): String {
    val last = source.last
    return when {
        source.needsSignIn -> stringResource(R.string.problem_signed_out)
        last == null -> stringResource(R.string.source_never)
        else -> stringResource(R.string.source_last, day(last))
    }
}
