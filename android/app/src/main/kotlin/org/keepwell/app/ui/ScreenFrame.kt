package org.keepwell.app.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R

/** What stands around each screen: the way back, or to the settings, other [actions], the lock, what scrolls, and what stays at the bottom. */
@Composable
fun ScreenFrame(
    modifier: Modifier = Modifier,
    onBack: (() -> Unit)? = null,
    onLock: (() -> Unit)? = null,
    onSettings: (() -> Unit)? = null,
    list: LazyListState = rememberLazyListState(),
    bottomBar: @Composable ColumnScope.() -> Unit = {},
    actions: @Composable () -> Unit = {},
    content: LazyListScope.() -> Unit,
) {
    Column(modifier = modifier.fillMaxSize()) {
        Row(
            modifier = Modifier.fillMaxWidth().padding(horizontal = 8.dp).heightIn(min = 56.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            if (onBack != null) IconAction(icon = R.drawable.ic_back, label = R.string.back, onClick = onBack)
            if (onSettings != null) QuietButton(text = stringResource(R.string.settings_title), onClick = onSettings)
            Spacer(modifier = Modifier.weight(1f))
            actions()
            if (onLock != null) IconAction(icon = R.drawable.ic_lock, label = R.string.lock_now, onClick = onLock)
        }
        LazyColumn(
            modifier = Modifier.weight(1f).fillMaxWidth(),
            state = list,
            contentPadding = PaddingValues(start = 20.dp, end = 20.dp, bottom = 24.dp),
            verticalArrangement = Arrangement.spacedBy(12.dp),
            content = content,
        )
        bottomBar()
    }
}

/** Buttons that stay in sight below what scrolls. */
@Composable
fun BottomBar(modifier: Modifier = Modifier, content: @Composable ColumnScope.() -> Unit) {
    Column(modifier = modifier) {
        HorizontalDivider(color = MaterialTheme.colorScheme.outlineVariant)
        Column(
            modifier = Modifier.fillMaxWidth().padding(horizontal = 20.dp, vertical = 12.dp),
            verticalArrangement = Arrangement.spacedBy(8.dp),
            content = content,
        )
    }
}

/** The whole window in the background colour, its content clear of bars and notches. */
@Composable
fun AppSurface(modifier: Modifier = Modifier, content: @Composable () -> Unit) {
    Surface(modifier = modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) {
        Column(modifier = Modifier.safeDrawingPadding()) { content() }
    }
}
