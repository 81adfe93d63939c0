package org.keepwell.app.ui

import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.snapshotFlow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.filter

/** Asks for more each time the end of what is there comes near, so that whoever scrolls does not have to. */
@Composable
fun LoadAhead(list: LazyListState, hasMore: Boolean, onMore: () -> Unit) {
    val ask by rememberUpdatedState(onMore)
    LaunchedEffect(list, hasMore) {
        if (!hasMore) return@LaunchedEffect
        snapshotFlow { list.layoutInfo.run { totalItemsCount to (visibleItemsInfo.lastOrNull()?.index ?: 0) } }
            .filter { (all, last) -> last >= all - AHEAD }
            .distinctUntilChanged { before, now -> before.first == now.first }
            .collect { ask() }
    }
}

/** Three screens of the smallest rows, on a phone. */
private const val AHEAD = 30
