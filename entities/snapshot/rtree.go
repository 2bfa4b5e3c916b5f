package snapshot

// fanout is the number of children of a node of the packed R-tree (Kamel and
// Faloutsos 1994): rows are in Hilbert order already, so node i of a level holds
// children i·fanout to (i+1)·fanout−1 of the level below.
const fanout = 16

// treeSize returns how many nodes are above m rows.
func treeSize(m int) int {
	n := 0
	for m > 1 {
		m = (m + fanout - 1) / fanout
		n += m
	}
	return n
}

// buildTree returns the boxes of all levels above the rows, lowest first.
func buildTree(rows []uint32) []uint32 {
	tree := make([]uint32, 0, 4*treeSize(len(rows)/4))
	level := rows
	for len(level) > 4 {
		start := len(tree)
		for i := 0; i < len(level); i += 4 * fanout {
			box := emptyBox
			for j := i; j < min(i+4*fanout, len(level)); j += 4 {
				box = box.Extend(Box{level[j], level[j+1], level[j+2], level[j+3]})
			}
			tree = append(tree, box.MinX, box.MinY, box.MaxX, box.MaxY)
		}
		level = tree[start:]
	}
	return tree
}

// search calls visit for every row whose box is in the window, in order of rows,
// until visit returns false.
func (c *columns) search(w *Window, visit func(row int) bool) bool {
	m := len(c.rCode)
	if m == 0 || w.n == 0 {
		return true
	}
	// Levels from the rows (0) up; start of each in the tree.
	var starts, sizes [10]int
	depth, at := 0, 0
	sizes[0] = m
	for n := m; n > 1; {
		n = (n + fanout - 1) / fanout
		depth++
		starts[depth], sizes[depth] = at, n
		at += n
	}
	s := treeSearch{columns: c, window: w, starts: &starts, sizes: &sizes, visit: visit}
	return s.node(depth, 0)
}

type treeSearch struct {
	*columns
	window        *Window
	starts, sizes *[10]int
	visit         func(row int) bool
}

func (s *treeSearch) node(level, i int) bool {
	if level == 0 {
		return s.leaves(i, i+1)
	}
	k := 4 * (s.starts[level] + i)
	b := s.tree[k : k+4 : k+4]
	if !s.window.Intersects(Box{b[0], b[1], b[2], b[3]}) {
		return true
	}
	last := min((i+1)*fanout, s.sizes[level-1])
	if level == 1 {
		return s.leaves(i*fanout, last)
	}
	for child := i * fanout; child < last; child++ {
		if !s.node(level-1, child) {
			return false
		}
	}
	return true
}

// leaves visits the rows [row, last) that are in the window.
func (s *treeSearch) leaves(row, last int) bool {
	boxes := s.rBox[4*row : 4*last]
	for ; len(boxes) >= 4; row, boxes = row+1, boxes[4:] {
		if s.window.Intersects(Box{boxes[0], boxes[1], boxes[2], boxes[3]}) && !s.visit(row) {
			return false
		}
	}
	return true
}
