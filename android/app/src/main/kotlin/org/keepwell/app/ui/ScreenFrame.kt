package org.keepwell.app.ui

import androidx.annotation.DrawableRes
import androidx.annotation.StringRes
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
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import org.keepwell.app.R

/** What stands around each screen: the way back, what else leads away, the lock, what scrolls, and what stays at the bottom. */
@Composable
fun ScreenFrame(
    onBack: (() -> Unit)? = null,
    onLock: (() -> Unit)? = null,
    bottom: @Composable ColumnScope.() -> Unit = {},
    away: @Composable () -> Unit = {},
    content: LazyListScope.() -> Unit,
) {
    Column(Modifier.fillMaxSize()) {
        Row(Modifier.fillMaxWidth().padding(horizontal = 8.dp).heightIn(min = 56.dp), verticalAlignment = Alignment.CenterVertically) {
            if (onBack != null) IconAction(R.drawable.ic_back, R.string.back, onBack)
            Spacer(Modifier.weight(1f))
            away()
            if (onLock != null) IconAction(R.drawable.ic_lock, R.string.lock_now, onLock)
        }
        LazyColumn(
            Modifier.weight(1f).fillMaxWidth(),
            contentPadding = PaddingValues(start = 20.dp, end = 20.dp, bottom = 24.dp),
            verticalArrangement = Arrangement.spacedBy(12.dp),
            content = content,
        )
        bottom()
    }
}

/** A screen's title; it wraps and never clips. */
@Composable
fun ScreenTitle(text: String, above: String? = null) {
    Column(Modifier.padding(bottom = 4.dp)) {
        if (above != null) Text(above, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.primary)
        Text(text, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineMedium)
    }
}

/** The title of a part of a screen. */
@Composable
fun SectionHeading(text: String) {
    Text(text, Modifier.padding(top = 12.dp).semantics { heading() }, style = MaterialTheme.typography.titleMedium)
}

/** A picture that can be pressed and says what it does. */
@Composable
fun IconAction(@DrawableRes icon: Int, @StringRes says: Int, onClick: () -> Unit) {
    IconButton(onClick, Modifier.size(48.dp)) { Icon(painterResource(icon), stringResource(says)) }
}

/** Buttons that stay in sight below what scrolls. */
@Composable
fun BottomBar(content: @Composable ColumnScope.() -> Unit) {
    Column {
        HorizontalDivider(color = MaterialTheme.colorScheme.outlineVariant)
        Column(Modifier.fillMaxWidth().padding(horizontal = 20.dp, vertical = 12.dp), verticalArrangement = Arrangement.spacedBy(8.dp), content = content)
    }
}

/** One of the four main places. */
data class TabItem(@param:DrawableRes val icon: Int, @param:StringRes val name: Int)

/** The main places; the present one has a pill and bold type, so it does not depend on colour. */
@Composable
fun TabBar(tabs: List<TabItem>, selected: Int, onSelect: (Int) -> Unit) {
    // Four labels must fit side by side: here, and only here, type grows to 1.3 times and no further.
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, density.fontScale.coerceAtMost(1.3f))) {
        Surface(color = MaterialTheme.colorScheme.surfaceContainer) {
            Row(Modifier.fillMaxWidth().selectableGroup().padding(vertical = 6.dp)) {
                tabs.forEachIndexed { index, tab ->
                    val isSelected = index == selected
                    Column(
                        Modifier.weight(1f).selectable(isSelected, role = Role.Tab) { onSelect(index) }.heightIn(min = 64.dp).padding(vertical = 6.dp),
                        horizontalAlignment = Alignment.CenterHorizontally,
                        verticalArrangement = Arrangement.spacedBy(4.dp),
                    ) {
                        Surface(
                            shape = CircleShape,
                            color = if (isSelected) MaterialTheme.colorScheme.primaryContainer else MaterialTheme.colorScheme.surfaceContainer,
                            contentColor = if (isSelected) MaterialTheme.colorScheme.onPrimaryContainer else MaterialTheme.colorScheme.onSurfaceVariant,
                        ) { Icon(painterResource(tab.icon), null, Modifier.padding(horizontal = 20.dp, vertical = 4.dp)) }
                        Text(
                            stringResource(tab.name),
                            style = MaterialTheme.typography.labelMedium,
                            fontWeight = if (isSelected) FontWeight.Bold else FontWeight.Medium,
                            textAlign = TextAlign.Center,
                            maxLines = 1,
                        )
                    }
                }
            }
        }
    }
}

/** The whole window: paper, and clear of bars and notches. */
@Composable
fun AppSurface(content: @Composable () -> Unit) {
    Surface(Modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) {
        Column(Modifier.safeDrawingPadding()) { content() }
    }
}
