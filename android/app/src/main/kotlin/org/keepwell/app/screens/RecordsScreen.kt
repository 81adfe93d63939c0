package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.FilterChips
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SearchField
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordDetail
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.screen.HomeEvent
import org.keepwell.wallet.screen.HomeState
import org.keepwell.wallet.screen.RecordsEvent
import org.keepwell.wallet.screen.RecordsState

/** The home, the records of a category, or what a search finds. */
@Composable
fun RecordsScreen(
    state: RecordsState,
    home: HomeState?,
    onBack: (() -> Unit)?,
    onLock: () -> Unit,
    onEvent: (RecordsEvent) -> Unit,
    onHomeEvent: (HomeEvent) -> Unit,
    modifier: Modifier = Modifier,
    list: LazyListState = rememberLazyListState(),
    onSettings: (() -> Unit)? = null,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock, onSettings = onSettings, list = list) {
        item(key = "title") {
            state.category?.let { ScreenTitle(text = label(it)) } ?: OwnerTitle(owner = home?.overview?.owner, age = home?.age)
        }
        item(key = "search") {
            SearchField(
                text = state.search,
                label = stringResource(R.string.search_records),
                onChange = { onEvent(RecordsEvent.Search(it)) },
            )
        }
        if (state.isSearchOfAll) {
            item(key = "kinds") {
                FilterChips(
                    choices = listOf(null) + home?.counts.orEmpty().map { it.category },
                    chosen = state.kind,
                    onChoose = { onEvent(RecordsEvent.Choose(it)) },
                ) { kind -> kind?.let { label(it) } ?: stringResource(R.string.records_all) }
            }
        }
        if (state.isList) {
            item(key = "periods") {
                FilterChips(choices = Period.entries, chosen = state.period, onChoose = { onEvent(RecordsEvent.Within(it)) }) { label(it) }
            }
        }
        if (state.isList) foundItems(state, onEvent) else if (home != null) homeItems(home, onHomeEvent)
    }
}

/** What was found, or what a category holds. */
private fun LazyListScope.foundItems(state: RecordsState, onEvent: (RecordsEvent) -> Unit) {
    state.problem?.let { problem ->
        item { ProblemNotice(problem = problem, onRetry = { onEvent(RecordsEvent.Retry) }) }
    }
    items(count = state.records.size, key = { state.records[it].id.hex }) { index ->
        val record = state.records[index]
        LinkCard(
            title = record.title ?: stringResource(R.string.record_untitled),
            onClick = { onEvent(RecordsEvent.Open(record.id)) },
            detail = recordDetail(record),
        )
    }
    if (state.isNothingFound) item { SecondaryText(text = stringResource(R.string.records_none)) }
    if (state.hasMore) {
        item {
            OtherButton(
                text = stringResource(R.string.records_more),
                onClick = { onEvent(RecordsEvent.More) },
                isEnabled = !state.isLoading,
            )
        }
    }
    if (state.isLoading) item { BusyIndicator() }
}
