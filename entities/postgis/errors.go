package postgis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chengma/chengma/entities"
)

// The SQLSTATEs that mean something to the domain; PostgreSQL, appendix A. Those
// with a class alone have two characters.
var states = map[string]struct {
	is   error
	says string
}{
	"08":    {entities.ErrUnavailable, "the connection failed"},
	"25006": {entities.ErrUnavailable, "the server is a standby or read-only; write to the primary"},
	"28000": {entities.ErrUnavailable, "the server refuses the user"},
	"28P01": {entities.ErrUnavailable, "the server refuses the password"},
	"3D000": {entities.ErrUnavailable, "the database is not there"},
	"3F000": {entities.ErrSchemaVersion, "the schema of the store is gone"},
	"40":    {entities.ErrUnavailable, "the server broke off the transaction"},
	"42P01": {entities.ErrSchemaVersion, "a table of the store is not there"},
	"42703": {entities.ErrSchemaVersion, "a column of the store is not there"},
	"42501": {entities.ErrUnavailable, "the user has not the right to do this"},
	"53100": {entities.ErrUnavailable, "the server's disk is full"},
	"53300": {entities.ErrUnavailable, "the server has too many connections"},
	"53":    {entities.ErrUnavailable, "the server has no resources left"},
	"54":    {entities.ErrInvalidValue, "too large for the database"},
	"22021": {entities.ErrInvalidValue, "text that the database cannot hold, such as the character NUL"},
	"22P05": {entities.ErrInvalidValue, "text that the database cannot hold"},
	"55P03": {entities.ErrUnavailable, "another process is writing"},
	"57014": {entities.ErrUnavailable, "the statement ran longer than is allowed"},
	"57":    {entities.ErrUnavailable, "the server is shutting down or starting"},
	"58":    {entities.ErrUnavailable, "the server's system failed"},
	"XX":    {entities.ErrUnavailable, "the server failed"},
}

// explain gives an error of the driver its place among the errors of the domain.
// An error after the context has ended is the context's.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		state, known := states[server.Code]
		if !known && len(server.Code) == 5 {
			state, known = states[server.Code[:2]]
		}
		if known {
			return fmt.Errorf("%w: %s: %w", state.is, state.says, err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("%w: the server cannot be reached: %w", entities.ErrUnavailable, err)
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("%w: the connection was lost: %w", entities.ErrUnavailable, err)
	}
	return err
}
